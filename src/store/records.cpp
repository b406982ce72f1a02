#include "store/records.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "histo/error.hpp"
#include "histo/version.hpp"

#include "core/files.hpp"
#include "core/json_depth.hpp"

namespace histo {

namespace {

using Json = nlohmann::ordered_json;

constexpr int slide_format_version = 1;
constexpr int run_format_version = 1;
constexpr std::size_t runs_kept = 20;
constexpr std::int64_t lowest = -(std::int64_t{1} << 53);

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void set_known(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = value;
}

template <class Value>
void set_known(Json& object, const char* key, const std::optional<Value>& value) {
  if (value) object[key] = *value;
}

Json parts_of(const Fingerprint& fingerprint) {
  Json parts = Json::object();
  const std::string text = fingerprint.text();
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    parts[std::string(line.substr(0, equals))] = line.substr(equals + 1);
  }
  return parts;
}

Json json_of(const SlideRecord& record) {
  Json json;
  json["num_tiles"] = record.num_tiles;
  json["level"] = record.level;
  json["level_downsample"] = {record.level_downsample.y, record.level_downsample.x};
  json["width"] = record.width;
  json["height"] = record.height;
  json["overlap"] = record.overlap;
  json["max_background"] = record.max_background;
  set_known(json, "slide", record.slide);
  if (record.size) {
    json["slide_size"] = {{"width", record.size->width}, {"height", record.size->height}};
  }
  set_known(json, "vendor", record.vendor);
  set_known(json, "mpp_x", record.mpp_x);
  set_known(json, "mpp_y", record.mpp_y);
  set_known(json, "objective_power", record.objective_power);
  set_known(json, "level_count", record.level_count);
  if (const auto& bounds = record.bounds) {
    json["bounds"] = {
        {"x", bounds->x}, {"y", bounds->y}, {"width", bounds->width}, {"height", bounds->height}};
  }
  set_known(json, "mpp_source", record.mpp_source);
  set_known(json, "reader", record.reader);
  set_known(json, "requested_mpp", record.requested_mpp);
  set_known(json, "effective_mpp", record.effective_mpp);
  set_known(json, "effective_mpp_y", record.effective_mpp_y);
  set_known(json, "resampled", record.resampled);
  if (record.tile_scale) json["tile_scale"] = {record.tile_scale->y, record.tile_scale->x};
  set_known(json, "tile_width_px", record.tile_width_px);
  set_known(json, "tile_height_px", record.tile_height_px);
  set_known(json, "save", record.save);
  set_known(json, "image_format", record.image_format);
  set_known(json, "quality", record.quality);
  set_known(json, "compression", record.compression);
  set_known(json, "tissue_method", record.tissue_method);
  set_known(json, "tissue_threshold", record.tissue_threshold);
  set_known(json, "tissue_level", record.tissue_level);
  set_known(json, "stain_method", record.stain_method);
  set_known(json, "stain_target", record.stain_target);
  if (!record.stain_from.empty()) json["stain_from"] = record.stain_from;
  if (!record.stain_to.empty()) json["stain_to"] = record.stain_to;
  json["format_version"] = slide_format_version;
  json["tool_version"] = version();
  json["fingerprint"] = record.fingerprint.digest();
  json["fingerprint_parts"] = parts_of(record.fingerprint);
  return json;
}

/// Reads one object of a JSON file. A key that is absent gives nothing; errors name the file and
/// the key, with the keys of the objects around it.
class Keys {
 public:
  Keys(const Json& object, std::string source, std::string prefix = "")
      : object_(object), source_(std::move(source)), prefix_(std::move(prefix)) {}

  std::optional<double> number(const char* key) const {
    const Json* const value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) wrong(key, "a number");
    return value->get<double>();
  }

  template <class Integer = std::int64_t>
  std::optional<Integer> integer(const char* key, Integer smallest) const {
    // Never more than a double can hold, so that sums of a few never overflow.
    constexpr double largest = sizeof(Integer) < sizeof(std::int64_t) ? 0x1p31 - 1 : 0x1p53;
    const Json* const value = find(key);
    if (value == nullptr) return std::nullopt;
    const bool in_range = value->is_number_integer() &&
                          value->get<double>() >= static_cast<double>(smallest) &&
                          value->get<double>() <= largest;
    if (!in_range) wrong(key, "a whole number from " + std::to_string(smallest));
    return value->get<Integer>();
  }

  /// A list; an absent one is empty.
  std::vector<double> numbers(const char* key) const {
    const Json* const value = find(key);
    if (value == nullptr) return {};
    const bool is_list =
        value->is_array() && std::all_of(value->begin(), value->end(),
                                         [](const Json& item) { return item.is_number(); });
    if (!is_list) wrong(key, "a list of numbers");
    return value->get<std::vector<double>>();
  }

  std::optional<bool> truth(const char* key) const {
    const Json* const value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_boolean()) wrong(key, "true or false");
    return value->get<bool>();
  }

  std::optional<std::string> text(const char* key) const {
    const Json* const value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) wrong(key, "a text");
    return value->get<std::string>();
  }

  std::optional<Keys> object(const char* key) const {
    const Json* const value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_object()) wrong(key, "an object");
    return Keys(*value, source_, prefix_ + key + ".");
  }

  /// [along y, along x], HistoPrep's order.
  std::optional<Downsample> downsample(const char* key) const {
    const Json* const value = find(key);
    if (value == nullptr) return std::nullopt;
    const bool pair = value->is_array() && value->size() == 2 && value->at(0).is_number() &&
                      value->at(1).is_number();
    if (!pair) wrong(key, "a pair of numbers");
    const Downsample result = {value->at(1).get<double>(), value->at(0).get<double>()};
    if (!(result.x > 0.0 && result.y > 0.0)) wrong(key, "a pair of numbers above 0");
    return result;
  }

  template <class Value>
  Value required(const std::optional<Value>& value, const char* key) const {
    if (value) return *value;
    throw Error(ErrorKind::input, source_ + ": has no key '" + prefix_ + key + "'");
  }

  template <class Use>
  void for_each_text(Use&& use) const {
    for (const auto& [key, value] : object_.items()) use(key, *text(key.c_str()));
  }

 private:
  const Json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  [[noreturn]] void wrong(const char* key, const std::string& wanted) const {
    throw Error(ErrorKind::input, source_ + ": key '" + prefix_ + key + "' is not " + wanted);
  }

  const Json& object_;
  std::string source_;
  std::string prefix_;
};

Json parse_object(const std::filesystem::path& file) {
  const std::string text = read_text(file);
  if (is_too_deep_json(text)) {
    throw Error(ErrorKind::input, file.string() + ": its JSON nests deeper than " +
                                      std::to_string(most_json_depth) + " levels");
  }
  try {
    Json json = Json::parse(text);
    if (!json.is_object()) {
      throw Error(ErrorKind::input, file.string() + ": does not hold a JSON object");
    }
    return json;
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::input, file.string() + ": cannot be read as JSON: " + error.what());
  }
}

void read_histoprep_keys(const Keys& keys, SlideRecord& record) {
  record.num_tiles = keys.integer<std::size_t>("num_tiles", 0).value_or(0);
  record.level = keys.required(keys.integer<int>("level", 0), "level");
  record.level_downsample = keys.required(keys.downsample("level_downsample"), "level_downsample");
  record.width = keys.required(keys.integer("width", 1), "width");
  record.height = keys.required(keys.integer("height", 1), "height");
  record.overlap = keys.required(keys.number("overlap"), "overlap");
  record.max_background = keys.number("max_background").value_or(0.0);
}

void read_slide_keys(const Keys& keys, SlideRecord& record) {
  record.slide = keys.text("slide").value_or("");
  record.vendor = keys.text("vendor").value_or("");
  record.mpp_x = keys.number("mpp_x");
  record.mpp_y = keys.number("mpp_y");
  record.objective_power = keys.number("objective_power");
  record.level_count = keys.integer<int>("level_count", 1);
  if (const auto size = keys.object("slide_size")) {
    record.size = {size->required(size->integer("width", 1), "width"),
                   size->required(size->integer("height", 1), "height")};
  }
  if (const auto bounds = keys.object("bounds")) {
    record.bounds = {bounds->required(bounds->integer("x", lowest), "x"),
                     bounds->required(bounds->integer("y", lowest), "y"),
                     bounds->required(bounds->integer("width", 0), "width"),
                     bounds->required(bounds->integer("height", 0), "height")};
  }
}

void read_tile_keys(const Keys& keys, SlideRecord& record) {
  record.mpp_source = keys.text("mpp_source").value_or("");
  record.reader = keys.text("reader").value_or("");
  record.requested_mpp = keys.number("requested_mpp");
  record.effective_mpp = keys.number("effective_mpp");
  record.effective_mpp_y = keys.number("effective_mpp_y");
  record.resampled = keys.truth("resampled");
  record.tile_scale = keys.downsample("tile_scale");
  record.tile_width_px = keys.integer("tile_width_px", 1);
  record.tile_height_px = keys.integer("tile_height_px", 1);
  record.save = keys.text("save").value_or("");
  record.image_format = keys.text("image_format").value_or("");
  record.quality = keys.integer<int>("quality", 1);
  record.compression = keys.integer<int>("compression", 1);
  record.tissue_method = keys.text("tissue_method").value_or("");
  record.tissue_threshold = keys.integer<int>("tissue_threshold", 0);
  record.tissue_level = keys.integer<int>("tissue_level", 0);
  record.stain_method = keys.text("stain_method").value_or("");
  record.stain_target = keys.text("stain_target").value_or("");
  record.stain_from = keys.numbers("stain_from");
  record.stain_to = keys.numbers("stain_to");
}

Json json_of(const SlideOutcome& slide) {
  Json json;
  json["slide"] = slide.slide;
  switch (slide.outcome) {
    case Outcome::done:
      json["outcome"] = "done";
      break;
    case Outcome::skipped:
      json["outcome"] = "skipped";
      break;
    case Outcome::failed:
      json["outcome"] = "failed";
      break;
    case Outcome::interrupted:
      json["outcome"] = "interrupted";
      break;
  }
  set_known(json, "reason", slide.reason);
  json["tiles"] = slide.tiles;
  json["seconds"] = slide.seconds;
  return json;
}

Json json_of(const RunRecord& run) {
  Json json;
  json["version"] = run.version;
  json["git"] = run.git;
  json["command_line"] = run.command_line;
  json["options"] = Json::object();
  for (const auto& [name, value] : run.options) json["options"][name] = value;
  set_known(json, "device", run.device);
  json["started"] = run.started;
  json["finished"] = run.finished;
  json["slides"] = Json::array();
  for (const SlideOutcome& slide : run.slides) json["slides"].push_back(json_of(slide));
  return json;
}

/// The runs of a diary; none where it is missing or cannot be understood.
Json runs_of(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return Json::array();
  const std::string text = read_text(file, ErrorKind::output);
  if (is_too_deep_json(text)) return Json::array();
  const Json json = Json::parse(text, nullptr, false);
  const auto runs = json.is_object() ? json.find("runs") : json.end();
  return runs != json.end() && runs->is_array() ? *runs : Json::array();
}

}  // namespace

void write_slide_record(const std::filesystem::path& file, const SlideRecord& record) {
  replace_file(file, text_of(json_of(record)));
}

SlideRecord read_slide_record(const std::filesystem::path& file) {
  const Json json = parse_object(file);
  const Keys keys(json, file.string());
  SlideRecord record;
  read_histoprep_keys(keys, record);
  read_slide_keys(keys, record);
  read_tile_keys(keys, record);
  if (const auto parts = keys.object("fingerprint_parts")) {
    parts->for_each_text([&](const std::string& key, const std::string& value) {
      record.fingerprint.set(key, value);
    });
  }
  return record;
}

void append_run(const std::filesystem::path& file, const RunRecord& run) {
  Json runs = runs_of(file);
  runs.push_back(json_of(run));
  const std::size_t surplus = runs.size() - std::min(runs.size(), runs_kept);
  runs.erase(runs.begin(), runs.begin() + static_cast<Json::difference_type>(surplus));
  Json diary;
  diary["format_version"] = run_format_version;
  diary["runs"] = std::move(runs);
  replace_file(file, text_of(diary));
}

}  // namespace histo
