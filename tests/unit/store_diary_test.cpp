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

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

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
  for (const std::string& damage :
       {std::string(), std::string("{"), std::string("[]"), std::string("{\"runs\": 3}"),
        std::string("null"), std::string("\xff\xfe"), std::string(R"({"runs": [{"version": "1)"),
        "{\"runs\": [" + std::string(200000, '[') + std::string(200000, ']') + "]}"}) {
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
