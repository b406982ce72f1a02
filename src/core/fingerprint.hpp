#pragma once
/// What a result depends on, in words and as one number.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace histo {

/// Lower-case hexadecimal SHA-256.
std::string sha256(std::string_view bytes);
/// Throws Error(input) naming the file.
std::string sha256_file(const std::filesystem::path& file);

/// The options and inputs that change a result, by name. Two results are interchangeable if and
/// only if all are equal.
class Fingerprint {
 public:
  void set(const std::string& key, const std::string& value) { parts_[key] = value; }
  void set(const std::string& key, double value);
  void set(const std::string& key, std::int64_t value);

  /// Without what the next result does not depend on.
  void forget(const std::string& key) { parts_.erase(key); }

  /// "key=value" lines in the order of the keys.
  std::string text() const;
  /// SHA-256 of text(), its first 16 digits.
  std::string digest() const;
  static Fingerprint parse(std::string_view text);

  /// The first difference in words, such as "width was 512 and is now 256"; empty if there is none.
  std::string difference_from(const Fingerprint& older) const;

 private:
  std::map<std::string, std::string> parts_;
};

}  // namespace histo
