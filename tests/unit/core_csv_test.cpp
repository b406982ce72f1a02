#include <cmath>

#include "core/csv.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

std::string message(const std::string& text) {
  const auto error = error_of([&] { parse_csv(text, "t.csv"); });
  return error ? error->what() : "no error";
}

}  // namespace

TEST_CASE("csv: a field with a comma, a quote or a line break is quoted") {
  CHECK(csv_line({"a", "b,c", "d\"e", "f\ng", ""}) == "a,\"b,c\",\"d\"\"e\",\"f\ng\",\n");
}

TEST_CASE("csv: an empty first field keeps its comma") { CHECK(csv_line({"", "b"}) == ",b\n"); }

TEST_CASE("csv: what was written is read back") {
  const std::vector<std::string> fields = {"x,y", "\"", "line\nbreak", "", "plain"};

  const CsvTable table = parse_csv("a,b,c,d,e\n" + csv_line(fields) + csv_line(fields), "t.csv");

  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0] == fields);
  CHECK(table.rows[1] == fields);
  CHECK(table.lines == std::vector<std::size_t>{2, 4});
}

TEST_CASE("csv: lines may end with a carriage return, and the last one with nothing") {
  const CsvTable table = parse_csv("a,b\r\n1,2\r\n3,4", "t.csv");

  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[1] == std::vector<std::string>{"3", "4"});
}

TEST_CASE("csv: a column is found by its name") {
  const CsvTable table = parse_csv("x,y\n", "t.csv");

  CHECK(table.column("y") == 1);
  CHECK(contains(error_of([&] { table.column("z"); })->what(), "t.csv: no column 'z', only: x, y"));
}

TEST_CASE("csv: damage is named with its line") {
  CHECK(message("") == "t.csv: the table is empty");
  CHECK(message("a,b\n1\n") == "t.csv: line 2: 1 fields, and the header has 2");
  CHECK(message("a\n\"x") == "t.csv: line 2: a quote that never ends");
  CHECK(message("a\n\"x\"y\n") == "t.csv: line 2: text after a closing quote");
  CHECK(message("a\rb\n") == "t.csv: line 1: a carriage return without a line feed");
}

TEST_CASE("csv: a number that is not known is an empty field") {
  CHECK(csv_number(0.1) == "0.1");
  CHECK(csv_number(std::nan("")).empty());
}

TEST_CASE("csv: the mark that Excel begins with is no part of the first name") {
  const CsvTable table = parse_csv("\xEF\xBB\xBFslide,label\na,b\n", "t.csv");

  CHECK(table.header == std::vector<std::string>{"slide", "label"});
  CHECK(message("\xEF\xBB\xBF") == "t.csv: the table is empty");
}

TEST_CASE("csv: a blank last line is no row, and one between rows is damage") {
  CHECK(parse_csv("a,b\n1,2\n\n", "t.csv").rows.size() == 1);
  CHECK(message("a,b\n\n1,2\n") == "t.csv: line 2: 1 fields, and the header has 2");
}

TEST_CASE("csv: columns that semicolons separate are told from missing ones") {
  const CsvTable table = parse_csv("slide;label\na;b\n", "t.csv");

  CHECK(contains(error_of([&] { table.column("slide"); })->what(),
                 "no column 'slide', only: slide;label; commas must separate columns"));
}
