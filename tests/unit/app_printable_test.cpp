#include "common/printable.hpp"
#include "support/catch.hpp"

using histo::app::printable;

TEST_CASE("printable: no control character reaches a terminal, and nothing else is changed") {
  CHECK(printable("a\nb\r\tc") == "a\\nb\\r\\tc");
  CHECK(printable(std::string("\x1b[31m\x7f\0", 7)) == "\\x1b[31m\\x7f\\x00");
  CHECK(printable("\xc3\xa4 \\ \xff 'x'") == "\xc3\xa4 \\ \xff 'x'");
}
