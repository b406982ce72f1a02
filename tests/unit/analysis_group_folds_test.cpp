#include <algorithm>
#include <map>
#include <set>

#include "histo/group_folds.hpp"

#include "support/catch.hpp"

using histo::ErrorKind;
using histo::group_folds;
using histo::refuse_leak;
using histo::test::contains;
using histo::test::error_of;

namespace {

struct Cohort {
  std::vector<std::int32_t> patients;
  std::vector<std::int32_t> labels;
};

/// Sixty patients with 1 to 9 rows each, one class a patient; a third has class 1.
Cohort sixty_patients() {
  Cohort cohort;
  for (std::int32_t patient = 0; patient < 60; ++patient) {
    for (std::int32_t i = 0; i <= patient * 7 % 9; ++i) {
      cohort.patients.push_back(patient);
      cohort.labels.push_back(patient % 3 == 0 ? 1 : 0);
    }
  }
  return cohort;
}

}  // namespace

TEST_CASE("folds: no patient is in two of them") {
  const Cohort cohort = sixty_patients();

  const auto folds = group_folds(cohort.patients, cohort.labels, 2, 5, 0);

  std::map<std::int32_t, std::set<std::int32_t>> of_patient;
  for (std::size_t i = 0; i < folds.size(); ++i) of_patient[cohort.patients[i]].insert(folds[i]);
  CHECK(std::all_of(of_patient.begin(), of_patient.end(),
                    [](const auto& one) { return one.second.size() == 1; }));
}

TEST_CASE("folds: each has its share of the rows of each class") {
  const Cohort cohort = sixty_patients();

  const auto folds = group_folds(cohort.patients, cohort.labels, 2, 5, 0);

  for (std::int32_t label = 0; label < 2; ++label) {
    const auto all = std::count(cohort.labels.begin(), cohort.labels.end(), label);
    for (std::int32_t fold = 0; fold < 5; ++fold) {
      std::ptrdiff_t rows = 0;
      for (std::size_t i = 0; i < folds.size(); ++i) {
        if (folds[i] == fold && cohort.labels[i] == label) ++rows;
      }
      CHECK(std::abs(5 * rows - all) < all / 5);
    }
  }
}

TEST_CASE("folds: the seed decides, and each fold has a patient") {
  const Cohort cohort = sixty_patients();

  const auto folds = group_folds(cohort.patients, cohort.labels, 2, 60, 4);

  CHECK(std::set<std::int32_t>(folds.begin(), folds.end()).size() == 60);
  CHECK(folds == group_folds(cohort.patients, cohort.labels, 2, 60, 4));
  CHECK(group_folds(cohort.patients, cohort.labels, 2, 5, 1) !=
        group_folds(cohort.patients, cohort.labels, 2, 5, 2));
}

TEST_CASE("folds: a patient on both sides is a leak") {
  refuse_leak({"p1", "p2"}, {"p3"});

  const auto one = error_of([] { refuse_leak({"p1", "p2"}, {"p3", "p2", "p2"}); });
  const auto more = error_of([] { refuse_leak({"p1", "p2", "p3"}, {"p3", "p2", "p1"}); });

  REQUIRE(one);
  REQUIRE(more);
  CHECK(one->kind() == ErrorKind::input);
  CHECK(contains(one->what(), "the group (patient) p2 would be both learnt from and tried on"));
  CHECK(contains(more->what(), "the group (patient) p1 and 2 more would be both"));
}

TEST_CASE("folds: what cannot be divided is refused") {
  const auto few = error_of([] { group_folds({0, 0, 1}, {0, 0, 1}, 2, 3, 0); });
  const auto one = error_of([] { group_folds({0, 1}, {0, 1}, 2, 1, 0); });
  const auto below = error_of([] { group_folds({0, -1}, {0, 1}, 2, 2, 0); });
  const auto lengths = error_of([] { group_folds({0, 1}, {0}, 2, 2, 0); });
  const auto none = error_of([] { group_folds({}, {}, 2, 2, 0); });

  REQUIRE(few);
  REQUIRE(one);
  REQUIRE(below);
  REQUIRE(lengths);
  REQUIRE(none);
  CHECK(contains(few->what(), "there are 2 groups (patients), too few for 3 folds"));
  CHECK(one->kind() == ErrorKind::usage);
  CHECK(contains(one->what(), "the number of folds must be at least 2, got 1"));
  CHECK(contains(below->what(), "the group of row 1 is -1, below 0"));
  CHECK(contains(lengths->what(), "the labels are 1 for 2 rows"));
  CHECK(contains(none->what(), "there are 0 groups"));
}
