#include "jobs/patient_table.hpp"

#include <cmath>

#include "core/files.hpp"
#include "jobs/slide_patients.hpp"
#include "support/catch.hpp"

using histo::ErrorKind;
using histo::PatientTable;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

struct Tables : TempFolder {
  std::filesystem::path write(const std::string& text) const {
    const std::filesystem::path file = path() / "table.csv";
    histo::replace_file(file, text);
    return file;
  }

  /// What reading that column of the table throws.
  template <class Read>
  std::string error(const std::string& text, Read&& read) const {
    const auto thrown = error_of([&] { read(PatientTable(write(text), "id")); });
    REQUIRE(thrown);
    CHECK(thrown->kind() == ErrorKind::input);
    return thrown->what();
  }
};

}  // namespace

TEST_CASE("a table of patients has numbers, and NaN where a cell is missing") {
  const Tables tables;

  const PatientTable table(
      tables.write("id,age\n a ,61.5\nb,\nc, na\nd,N/A\ne,NaN\nf,-2e3\ng,+7\n"), "id");

  CHECK(table.keys() == std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g"});
  const std::vector<double> ages = table.numbers("age");
  CHECK(ages[0] == 61.5);
  for (const std::size_t i : {1U, 2U, 3U, 4U}) CHECK(std::isnan(ages[i]));
  CHECK(ages[5] == -2000.0);
  CHECK(ages[6] == 7.0);
}

TEST_CASE("a table of patients has events of 0 and 1 alone") {
  const Tables tables;

  const std::vector<double> events =
      PatientTable(tables.write("id,dead\na,1\nb,0\nc,1.0\nd,0.0\ne,\n"), "id").events("dead");

  CHECK(std::vector<double>(events.begin(), events.end() - 1) ==
        std::vector<double>{1.0, 0.0, 1.0, 0.0});
  CHECK(std::isnan(events.back()));
  const auto read = [](const PatientTable& table) { return table.events("dead"); };
  CHECK(contains(tables.error("id,dead\na,true\n", read),
                 "table.csv: line 2, column dead: 'true' is neither 1, the event came at that "
                 "time, nor 0"));
}

TEST_CASE("a table of patients names the line and the column of what it cannot read") {
  const Tables tables;
  const auto numbers = [](const PatientTable& table) { return table.numbers("age"); };
  const auto times = [](const PatientTable& table) { return table.times("age"); };

  CHECK(contains(tables.error("id,age\na,1\nb,old\n", numbers),
                 "line 3, column age: 'old' is no number"));
  CHECK(contains(tables.error("id,age\na,1x\n", numbers), "'1x' is no number"));
  CHECK(contains(tables.error("id,age\na,inf\n", numbers), "'inf' is not finite"));
  CHECK(contains(tables.error("id,age\na,-1\n", times), "a time must be at least 0, got -1"));
  CHECK(contains(tables.error("id,sex\na,f\n", numbers), "age"));
  CHECK(contains(tables.error("id,age\n,1\n", numbers), "line 2, column id: is empty"));
  CHECK(contains(tables.error("id,age\na,1\na,2\n", numbers), "'a' stands in line 2 already"));
  CHECK(contains(tables.error("id,age\n", numbers), "has a header and no line"));
}

TEST_CASE("columns are found by patterns, in the table's order") {
  const std::vector<std::string> columns{"age", "cluster=0", "clusters", "cluster=10", "ilr=1"};

  CHECK(histo::matching_columns(columns, {"ilr=*", "cluster=*"}) ==
        std::vector<std::string>{"cluster=0", "cluster=10", "ilr=1"});
  CHECK(histo::matching_columns(columns, {"*e*"}) ==
        std::vector<std::string>{"age", "cluster=0", "clusters", "cluster=10"});
  CHECK(histo::matching_columns(columns, {"cluster"}).empty());
  CHECK(histo::matching_columns(columns, {"*"}) == columns);
}

TEST_CASE("long lists of names are cut short with how many more there are") {
  CHECK(histo::first_names({"a", "b", "c"}) == "a, b, c");
  CHECK(histo::first_names({"a", "b", "c", "d", "e"}) == "a, b, c and 2 more");
}

TEST_CASE("slides of one patient come together, and no slide is lost without being named") {
  const Tables tables;
  const auto file = tables.write("slide,who\ns1,zoe\ns1,zoe\ns2,ann\ns3,zoe\ns4,\ns9,ann\n");

  const histo::SlidePatients found =
      histo::read_slide_patients({"s1", "s2", "s3", "s4", "s5"}, file, "who");

  CHECK(found.patients == std::vector<std::string>{"ann", "zoe"});
  CHECK(found.patient == std::vector<std::int32_t>{1, 0, 1, -1, -1});
  CHECK(found.without == std::vector<std::string>{"s4", "s5"});
  CHECK(found.unknown == std::vector<std::string>{"s9"});
}

TEST_CASE("slides cannot be given to patients where names do not say which is which") {
  const Tables tables;
  const auto twins = error_of([] { histo::read_slide_patients({"s1", "s1"}, "", ""); });
  const auto none = error_of(
      [&] { histo::read_slide_patients({"s1"}, tables.write("slide,who\ns2,a\n"), "who"); });
  const auto both = error_of(
      [&] { histo::read_slide_patients({"s1"}, tables.write("slide,who\ns1,a\ns1,b\n"), "who"); });

  REQUIRE(twins);
  CHECK(contains(twins->what(), "two slide folders are named s1"));
  REQUIRE(none);
  CHECK(contains(none->what(), "table.csv: names no slide of the inputs; the first is s1"));
  REQUIRE(both);
  CHECK(contains(both->what(), "line 3: the slide s1 has the who 'b', and 'a' further up"));
}
