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

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
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
  for (const std::string key : {"\"slide\"", "slide_size", "vendor", "mpp", "objective_power",
                                "level_count", "bounds", "tissue", "null"}) {
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
  const auto error = error_of([] { read_slide_record("/none/properties.json"); });
  REQUIRE(error);
  CHECK(contains(error->what(), "/none/properties.json: "));
}

TEST_CASE("run diary: a run is written in full") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "run.json";
  RunRecord run;
  run.version = "1.2.3";
  run.git = "v1.2.3-0-gabc";
  run.command_line = "histoprep -i \xff.svs";
  run.options = {{"width", "512"}, {"height", ""}};
  run.device = "cpu";
  run.started = "2025-01-02T03:04:05Z";
  run.finished = "2025-01-02T03:05:05Z";
  run.slides = {{"a.svs", Outcome::done, "", 13, 1.5},
                {"b.svs", Outcome::skipped, "done already", 0, 0.0},
                {"c.svs", Outcome::failed, "not a slide", 0, 0.25},
                {"d.svs", Outcome::interrupted, "", 2, 0.5}};

  append_run(file, run);

  CHECK(read_text(file) == R"({
  "format_version": 1,
  "runs": [
    {
      "version": "1.2.3",
      "git": "v1.2.3-0-gabc",
      "command_line": "histoprep -i )"
                           "\xef\xbf\xbd"
                           R"(.svs",
      "options": {
        "width": "512",
        "height": ""
      },
      "device": "cpu",
      "started": "2025-01-02T03:04:05Z",
      "finished": "2025-01-02T03:05:05Z",
      "slides": [
        {
          "slide": "a.svs",
          "outcome": "done",
          "tiles": 13,
          "seconds": 1.5
        },
        {
          "slide": "b.svs",
          "outcome": "skipped",
          "reason": "done already",
          "tiles": 0,
          "seconds": 0.0
        },
        {
          "slide": "c.svs",
          "outcome": "failed",
          "reason": "not a slide",
          "tiles": 0,
          "seconds": 0.25
        },
        {
          "slide": "d.svs",
          "outcome": "interrupted",
          "tiles": 2,
          "seconds": 0.5
        }
      ]
    }
  ]
}
)");
}

TEST_CASE("run diary: the last 20 runs are kept, the newest last") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "run.json";
  for (int i = 0; i < 23; ++i) {
    RunRecord run;
    run.command_line = "run " + std::to_string(i) + ".";
    append_run(file, run);
  }

  const std::string text = read_text(file);
  CHECK(times(text, "\"command_line\"") == 20);
  CHECK_FALSE(contains(text, "run 2."));
  CHECK(contains(text, "run 3."));
  CHECK(text.find("run 21.") < text.find("run 22."));
}

TEST_CASE("run diary: a damaged diary is begun anew") {
  for (const std::string damage :
       {"", "{", "[]", "{\"runs\": 3}", "null", "\xff\xfe", R"({"runs": [{"version": "1)"}) {
    const test::TempFolder temp;
    const std::filesystem::path file = temp.path() / "run.json";
    std::ofstream(file, std::ios::binary) << damage;
    RunRecord run;
    run.command_line = "again";

    append_run(file, run);

    CHECK(times(read_text(file), "\"command_line\": \"again\"") == 1);
  }
}

TEST_CASE("run diary: one that cannot be written is an output error") {
  const test::TempFolder temp;
  const auto error = error_of([&] { append_run(temp.path() / "none" / "run.json", {}); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
}
