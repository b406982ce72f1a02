#include "encoder/json_object.hpp"

#include <algorithm>
#include <utility>

#include "histo/error.hpp"

#include "core/json_depth.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

using nlohmann::json;

// The library's sentence without its "[json.exception.parse_error.101] " in front.
std::string without_tag(const std::string& what) {
  const std::size_t end = what.find("] ");
  return end == std::string::npos ? what : what.substr(end + 2);
}

std::string range_text(double low, double high) {
  return "from " + number(low) + " to " + number(high);
}

}  // namespace

JsonObject JsonObject::parse(const std::string& text, const std::string& file) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw Error(ErrorKind::model,
                file + ": is empty and must hold one JSON object; docs/models.md lists the keys");
  }
  if (is_too_deep_json(text)) {
    throw Error(ErrorKind::model, file + ": its JSON nests deeper than " +
                                      std::to_string(most_json_depth) + " levels");
  }
  json value;
  try {
    value = json::parse(text);
  } catch (const json::exception& error) {  // a number of no double is no parse_error
    throw Error(ErrorKind::model, file + ": not JSON: " + without_tag(error.what()));
  }
  if (!value.is_object()) {
    throw Error(ErrorKind::model,
                file + ": must hold one JSON object; docs/models.md lists the keys");
  }
  return {std::move(value), file, ""};
}

JsonObject::JsonObject(json value, std::string file, std::string path)
    : value_(std::move(value)), file_(std::move(file)), path_(std::move(path)) {}

void JsonObject::fail(const std::string& key, const std::string& what) const {
  throw Error(ErrorKind::model, file_ + ": key \"" + path_ + key + "\" " + what);
}

void JsonObject::fail_wanted(const std::string& key, const std::string& wanted) const {
  const std::string found = value_.at(key).dump(-1, ' ', false, json::error_handler_t::replace);
  constexpr std::size_t enough = 80;
  const std::string shown = found.size() > enough ? found.substr(0, enough) + " ..." : found;
  fail(key, "must be " + wanted + ", got " + shown);
}

const json& JsonObject::take(const std::string& key) {
  taken_.insert(key);
  const auto found = value_.find(key);
  if (found == value_.end()) fail(key, "is missing; docs/models.md lists the keys");
  return *found;
}

bool JsonObject::is(const std::string& key, const std::string& value) const {
  const auto found = value_.find(key);
  return found != value_.end() && found->is_string() && found->get<std::string>() == value;
}

bool JsonObject::is_text(const std::string& key) const {
  const auto found = value_.find(key);
  return found != value_.end() && found->is_string();
}

std::string JsonObject::text(const std::string& key) {
  const json& value = take(key);
  if (!value.is_string() || value.get<std::string>().empty())
    fail_wanted(key, "a text that is not empty");
  return value.get<std::string>();
}

bool JsonObject::flag(const std::string& key) {
  const json& value = take(key);
  if (!value.is_boolean()) fail_wanted(key, "true or false");
  return value.get<bool>();
}

double JsonObject::number(const std::string& key, double low, double high) {
  const json& value = take(key);
  if (!value.is_number() || !(value.get<double>() >= low && value.get<double>() <= high)) {
    fail_wanted(key, "a number " + range_text(low, high));
  }
  return value.get<double>();
}

std::int64_t JsonObject::integer(const std::string& key, std::int64_t low, std::int64_t high) {
  const json& value = take(key);
  const auto least = static_cast<double>(low);
  const auto most = static_cast<double>(high);
  if (!value.is_number_integer() || value.get<double>() < least || value.get<double>() > most) {
    fail_wanted(key, "a whole number " + range_text(least, most));
  }
  return value.get<std::int64_t>();
}

std::vector<double> JsonObject::numbers(const std::string& key, double low, double high) {
  const json& value = take(key);
  const auto good = [low, high](const json& item) {
    return item.is_number() && item.get<double>() >= low && item.get<double>() <= high;
  };
  if (!value.is_array() || !std::all_of(value.begin(), value.end(), good)) {
    fail_wanted(key, "a list of numbers " + range_text(low, high));
  }
  return value.get<std::vector<double>>();
}

std::vector<std::string> JsonObject::texts(const std::string& key) {
  const json& value = take(key);
  const auto good = [](const json& item) { return item.is_string(); };
  if (!value.is_array() || !std::all_of(value.begin(), value.end(), good)) {
    fail_wanted(key, "a list of texts");
  }
  return value.get<std::vector<std::string>>();
}

std::vector<std::pair<std::string, std::string>> JsonObject::text_pairs(const std::string& key) {
  const json& value = take(key);
  const auto good = [](const json& item) { return item.is_string(); };
  if (!value.is_object() || !std::all_of(value.begin(), value.end(), good)) {
    fail_wanted(key, "an object whose values are texts");
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& item : value.items()) pairs.emplace_back(item.key(), item.value());
  return pairs;
}

std::size_t JsonObject::choice(const std::string& key, std::initializer_list<const char*> choices) {
  const json& value = take(key);
  std::string wanted;
  std::size_t index = 0;
  for (const char* choice : choices) {
    if (value.is_string() && value.get<std::string>() == choice) return index;
    wanted += (index++ == 0 ? "\"" : " or \"") + std::string(choice) + "\"";
  }
  fail_wanted(key, wanted);
}

JsonObject JsonObject::object(const std::string& key) {
  const json& value = take(key);
  if (!value.is_object()) fail_wanted(key, "an object");
  return {value, file_, path_ + key + "."};
}

void JsonObject::finish() const {
  for (const auto& item : value_.items()) {
    if (taken_.count(item.key()) == 0) {
      fail(item.key(), "is not known here; docs/models.md lists the keys");
    }
  }
}

}  // namespace histo
