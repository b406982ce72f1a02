#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "histo/version.hpp"

#include "core/files.hpp"
#include "store/records.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

SlideRecord full_record() {
  SlideRecord record;
  record.num_tiles = 13;
  record.level = 1;
  record.level_downsample = {4.0, 4.00125};
  record.width = 512;
  record.height = 256;
  record.overlap = 0.1;
  record.max_background = 0.75;
  record.slide = "slides/a.svs";
  record.size = Size{2220, 2967};
  record.vendor = "aperio";
  record.mpp_x = 0.499;
  record.mpp_y = 0.4991;
  record.objective_power = 20.0;
  record.level_count = 3;
  record.bounds = Rect{-1, 2, 30, 40};
  record.requested_mpp = 2.0;
  record.effective_mpp = 1.996;
  record.tissue_threshold = 207;
  record.tissue_level = 2;
  record.mpp_source = "csv";
  record.reader = "direct";
  record.effective_mpp_y = 1.997;
  record.resampled = true;
  record.tile_scale = histo::Downsample{1.5, 1.25};
  record.stain_from = {0.1, -2.5, 3.0};
  record.stain_to = {0.25};
  record.tile_width_px = 128;
  record.tile_height_px = 64;
  record.save = "tar";
  record.image_format = "jpeg";
  record.quality = 80;
  record.compression = 3;
  record.tissue_method = "otsu";
  record.stain_method = "macenko";
  record.stain_target = "target.png";
  record.fingerprint.set("width", std::int64_t{512});
  record.fingerprint.set("slide", "a=b\"c");
  return record;
}

std::filesystem::path file_of(const test::TempFolder& temp, const std::string& text) {
  const std::filesystem::path file = temp.path() / "properties.json";
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

/// The sentence about a properties.json, after the file's name.
std::string complaint(const std::string& text) {
  const test::TempFolder temp;
  const std::filesystem::path file = file_of(temp, text);
  const auto error = error_of([&] { read_slide_record(file); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  const std::string sentence = error->what();
  REQUIRE(contains(sentence, file.string() + ": "));
  return sentence.substr(file.string().size() + 2);
}

std::string histoprep_with(const std::string& more) {
  return R"({"num_tiles": 13, "level": 2, "level_downsample": [4.0, 8.0], "width": 512,
            "height": 256, "overlap": 0.5, "max_background": 0.75)" +
         more + "}";
}

std::string histoprep_but(const std::string& key, const std::string& value) {
  std::string text = "{";
  for (const auto& [name, usual] : {std::pair<std::string, std::string>{"level", "2"},
                                    {"level_downsample", "[4.0, 8.0]"},
                                    {"width", "512"},
                                    {"height", "256"},
                                    {"overlap", "0.5"}}) {
    const std::string& chosen = name == key ? value : usual;
    if (chosen.empty()) continue;
    text += (text.size() > 1 ? "," : "") + ('"' + name + "\":") + chosen;
  }
  return text + "}";
}

}  // namespace

TEST_CASE("properties: HistoPrep's keys come first, in its order") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "properties.json";

  write_slide_record(file, full_record());

  const std::string text = read_text(file);
  std::size_t at = 0;
  for (const std::string key : {"num_tiles", "level", "level_downsample", "width", "height",
                                "overlap", "max_background", "slide"}) {
    const std::size_t found = text.find("\"" + key + "\":", at);
    REQUIRE(found != std::string::npos);
    at = found;
  }
}

TEST_CASE("properties: level_downsample is height first") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "properties.json";

  write_slide_record(file, full_record());

  CHECK(contains(read_text(file), "[\n    4.00125,\n    4.0\n  ]"));
  CHECK(read_slide_record(file).level_downsample.x == 4.0);
  CHECK(read_slide_record(file).level_downsample.y == 4.00125);
}

TEST_CASE("properties: what was written is read back") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "properties.json";
  const SlideRecord record = full_record();

  write_slide_record(file, record);
  const SlideRecord again = read_slide_record(file);

  CHECK(again.num_tiles == record.num_tiles);
  CHECK(again.level == record.level);
  CHECK(again.width == record.width);
  CHECK(again.height == record.height);
  CHECK(again.overlap == record.overlap);
  CHECK(again.max_background == record.max_background);
  CHECK(again.slide == record.slide);
  CHECK(again.size == record.size);
  CHECK(again.vendor == record.vendor);
  CHECK(again.mpp_x == record.mpp_x);
  CHECK(again.mpp_y == record.mpp_y);
  CHECK(again.objective_power == record.objective_power);
  CHECK(again.level_count == record.level_count);
  CHECK(again.bounds == record.bounds);
  CHECK(again.requested_mpp == record.requested_mpp);
  CHECK(again.effective_mpp == record.effective_mpp);
  CHECK(again.tissue_threshold == record.tissue_threshold);
  CHECK(again.tissue_level == record.tissue_level);
  CHECK(again.fingerprint.text() == record.fingerprint.text());
  CHECK(again.mpp_source == record.mpp_source);
  CHECK(again.reader == record.reader);
  CHECK(again.effective_mpp_y == record.effective_mpp_y);
  CHECK(again.resampled == record.resampled);
  REQUIRE(again.tile_scale);
  CHECK(again.tile_scale->x == 1.5);
  CHECK(again.tile_scale->y == 1.25);
  CHECK(again.stain_from == record.stain_from);
  CHECK(again.stain_to == record.stain_to);
  CHECK(again.tile_width_px == record.tile_width_px);
  CHECK(again.tile_height_px == record.tile_height_px);
  CHECK(again.save == record.save);
  CHECK(again.image_format == record.image_format);
  CHECK(again.quality == record.quality);
  CHECK(again.compression == record.compression);
  CHECK(again.tissue_method == record.tissue_method);
  CHECK(again.stain_method == record.stain_method);
  CHECK(again.stain_target == record.stain_target);
}

TEST_CASE("properties: the file says which tool made it and from what") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "properties.json";

  write_slide_record(file, full_record());

  const std::string text = read_text(file);
  CHECK(contains(text, "\"format_version\": 1"));
  CHECK(contains(text, "\"tool_version\": \"" + version() + "\""));
  CHECK(contains(text, "\"fingerprint\": \"" + full_record().fingerprint.digest() + "\""));
  CHECK(contains(text, "\"width\": \"512\""));
}

TEST_CASE("properties: what is unknown is absent") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "properties.json";
  SlideRecord record;
  record.width = record.height = 8;

  write_slide_record(file, record);

  const std::string text = read_text(file);
  for (const std::string key :
       {"\"slide\"", "slide_size", "vendor", "mpp", "objective_power", "level_count", "bounds",
        "tissue", "null", "reader", "resampled", "tile_", "save", "image_format", "quality",
        "compression", "stain"}) {
    INFO(key);
    CHECK_FALSE(contains(text, key));
  }
  CHECK_FALSE(read_slide_record(file).mpp_x);
}

TEST_CASE("properties: equal records give equal bytes") {
  const test::TempFolder temp;
  write_slide_record(temp.path() / "a", full_record());
  write_slide_record(temp.path() / "b", full_record());
  CHECK(read_text(temp.path() / "a") == read_text(temp.path() / "b"));
}

TEST_CASE("properties: a path that is not UTF-8 is written all the same") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "properties.json";
  SlideRecord record = full_record();
  record.slide = "slides/\xff.svs";

  write_slide_record(file, record);

  CHECK(read_slide_record(file).slide == "slides/\xef\xbf\xbd.svs");
}

TEST_CASE("properties: HistoPrep's own file is enough") {
  const test::TempFolder temp;

  const SlideRecord record =
      read_slide_record(file_of(temp, histoprep_with(R"(, "unknown": {"a": [null]})")));

  CHECK(record.num_tiles == 13);
  CHECK(record.level == 2);
  CHECK(record.level_downsample.y == 4.0);
  CHECK(record.level_downsample.x == 8.0);
  CHECK(record.height == 256);
  CHECK_FALSE(record.size);
  CHECK(record.fingerprint.text().empty());
}

TEST_CASE("properties: a missing key is named") {
  for (const std::string key : {"level", "level_downsample", "width", "height", "overlap"}) {
    CHECK(complaint(histoprep_but(key, "")) == "has no key '" + key + "'");
  }
  CHECK(complaint(histoprep_with(R"(, "slide_size": {"width": 8})")) ==
        "has no key 'slide_size.height'");
  CHECK(complaint(histoprep_with(R"(, "bounds": {"x": 8})")) == "has no key 'bounds.y'");
}

TEST_CASE("properties: a value of another type or out of range is named by its key") {
  CHECK(complaint(histoprep_but("level", "-1")) == "key 'level' is not a whole number from 0");
  CHECK(complaint(histoprep_but("level", "3000000000")) ==
        "key 'level' is not a whole number from 0");
  CHECK(complaint(histoprep_but("width", "512.5")) == "key 'width' is not a whole number from 1");
  CHECK(complaint(histoprep_but("width", "0")) == "key 'width' is not a whole number from 1");
  CHECK(complaint(histoprep_but("height", "18446744073709551615")) ==
        "key 'height' is not a whole number from 1");
  CHECK(complaint(histoprep_but("overlap", "\"0\"")) == "key 'overlap' is not a number");
  CHECK(complaint(histoprep_but("level_downsample", "4.0")) ==
        "key 'level_downsample' is not a pair of numbers");
  CHECK(complaint(histoprep_but("level_downsample", "[4.0, null]")) ==
        "key 'level_downsample' is not a pair of numbers");
  CHECK(complaint(histoprep_but("level_downsample", "[4.0, 0.0]")) ==
        "key 'level_downsample' is not a pair of numbers above 0");
  CHECK(complaint(histoprep_with(R"(, "vendor": 3)")) == "key 'vendor' is not a text");
  CHECK(complaint(histoprep_with(R"(, "resampled": 1)")) == "key 'resampled' is not true or false");
  CHECK(complaint(histoprep_with(R"(, "tile_scale": [1, 0])")) ==
        "key 'tile_scale' is not a pair of numbers above 0");
  CHECK(complaint(histoprep_with(R"(, "stain_from": [1, "a"])")) ==
        "key 'stain_from' is not a list of numbers");
  CHECK(complaint(histoprep_with(R"(, "tile_width_px": 0)")) ==
        "key 'tile_width_px' is not a whole number from 1");
  CHECK(complaint(histoprep_with(R"(, "save": true)")) == "key 'save' is not a text");
  CHECK(complaint(histoprep_with(R"(, "slide_size": [1, 2])")) ==
        "key 'slide_size' is not an object");
  CHECK(complaint(histoprep_with(R"(, "slide_size": {"width": 0, "height": 1})")) ==
        "key 'slide_size.width' is not a whole number from 1");
  CHECK(complaint(histoprep_with(R"(, "fingerprint_parts": {"a": 1})")) ==
        "key 'fingerprint_parts.a' is not a text");
}

TEST_CASE("properties: what is no JSON object is refused by name") {
  CHECK(contains(complaint("{\"level\": "), "cannot be read as JSON: "));
  CHECK(contains(complaint(histoprep_but("overlap", "1e999")), "cannot be read as JSON: "));
  CHECK(complaint("[1, 2]") == "does not hold a JSON object");
  CHECK(complaint(R"({"slide": )" + std::string(200000, '[') + std::string(200000, ']') +
                  R"(, "level": 1})") == "its JSON nests deeper than 64 levels");
  const auto error = error_of([] { read_slide_record("/none/properties.json"); });
  REQUIRE(error);
  CHECK(contains(error->what(), "/none/properties.json: "));
}
