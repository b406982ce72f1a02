#include <chrono>

#include "core/clock.hpp"
#include "support/catch.hpp"

using namespace histo;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

TEST_CASE("clock: a moment is told to the millisecond, in UTC") {
  CHECK(utc(system_clock::time_point()) == "1970-01-01T00:00:00.000Z");
  CHECK(utc(system_clock::time_point(seconds(1'700'000'000) + milliseconds(7))) ==
        "2023-11-14T22:13:20.007Z");
}

TEST_CASE("clock: what was told is understood again") {
  const system_clock::time_point moment(seconds(1'700'000'000) + milliseconds(123));

  CHECK(parse_utc(utc(moment)) == moment);
}

TEST_CASE("clock: texts sort as their moments do") {
  const system_clock::time_point moment(seconds(1'700'000'000));

  CHECK(utc(moment) < utc(moment + milliseconds(1)));
  CHECK(utc(moment + milliseconds(999)) < utc(moment + seconds(1)));
}

TEST_CASE("clock: other texts are no moments") {
  for (const char* text :
       {"", "yesterday", "2026-11-21", "2026-11-21T16:57:00Z", "2026-11-21T16:57:00.123",
        "2026-11-21T16:57:00.123+01:00", "2026-04-31T16:57:00.123Z",
        "2026-11-21T16:57:00.123Z and more", "2026-11-21T16:57:00.9999Z"}) {
    CHECK_FALSE(parse_utc(text));
  }
}
