#pragma once
/// One JSON object, read strictly: each key that is asked for must be there and of its type, and
/// `finish` refuses those that nobody asked for. All functions throw Error(model) that names the
/// file and the key's full path.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace histo {

class JsonObject {
 public:
  /// A whole file. `file` is its name for the errors.
  static JsonObject parse(const std::string& text, const std::string& file);

  bool has(const std::string& key) const { return value_.contains(key); }

  std::string text(const std::string& key);
  bool flag(const std::string& key);
  double number(const std::string& key, double low, double high);
  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high);
  std::vector<double> numbers(const std::string& key, double low, double high);
  std::vector<std::string> texts(const std::string& key);
  /// An object whose values are texts, as pairs.
  std::vector<std::pair<std::string, std::string>> text_pairs(const std::string& key);
  /// The index of the text among `choices`.
  std::size_t choice(const std::string& key, std::initializer_list<const char*> choices);
  JsonObject object(const std::string& key);

  /// Whether the key's value is this text; asks for nothing.
  bool is(const std::string& key, const std::string& value) const;
  /// Whether the key's value is a text; asks for nothing.
  bool is_text(const std::string& key) const;

  /// The key may be there, with any value.
  void skip(const std::string& key) { taken_.insert(key); }

  void finish() const;

  /// FILE: key "PATH" and then `what`.
  [[noreturn]] void fail(const std::string& key, const std::string& what) const;
  /// FILE: key "PATH" must be `wanted`, got and then its value.
  [[noreturn]] void fail_wanted(const std::string& key, const std::string& wanted) const;

 private:
  JsonObject(nlohmann::json value, std::string file, std::string path);
  const nlohmann::json& take(const std::string& key);

  nlohmann::json value_;
  std::string file_;
  std::string path_;  // of this object, with a dot at its end; empty for the file itself
  std::set<std::string> taken_;
};

}  // namespace histo
