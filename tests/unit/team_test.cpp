#include "histo/team.hpp"

#include "histo/open_team.hpp"

#include "support/catch.hpp"

using histo::Error;
using histo::ErrorKind;
using histo::Team;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

TEST_CASE("team: one process is a team whose sums are its own values") {
  Team team;
  double real = 1.5;
  std::uint64_t whole = 7;

  team.sum(&real, 1);
  team.sum(&whole, 1);

  CHECK(team.rank() == 0);
  CHECK(team.size() == 1);
  CHECK(real == 1.5);
  CHECK(whole == 7);
  CHECK(team.gather("mine") == std::vector<std::string>{"mine"});
}

TEST_CASE("team: one process decides alone") {
  Team team;

  CHECK(team.any(true));
  CHECK(!team.any(false));
}

TEST_CASE("team: the error of one process is everybody's, and it ends itself") {
  Team team;

  const std::optional<Error> error = team.fail(Error(ErrorKind::input, "a sentence"));
  team.end_all(1);

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(error->what() == std::string("a sentence"));
}

namespace {

/// Two ranks of which the other one always adds the same.
class Pair : public Team {
 public:
  explicit Pair(std::uint64_t other) : other_(other) {}
  using Team::sum;
  void sum(std::uint64_t* values, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) values[i] += other_;
  }

 private:
  std::uint64_t other_;
};

}  // namespace

TEST_CASE("team: any is true where another rank says so") {
  Pair says_yes(1);
  Pair says_no(0);

  CHECK(says_yes.any(false));
  CHECK(says_yes.any(true));
  CHECK(says_no.any(true));
  CHECK(!says_no.any(false));
}

TEST_CASE("team: without the module of MPI there is a sentence with what to do") {
  const TempFolder folder;

  const auto error = error_of([&] { histo::open_team(folder.path()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "the module that joins processes by MPI cannot be opened: " +
                                    (folder.path() / "histo_mpi.so").string()));
  CHECK(contains(error->what(),
                 "; it is built with HISTO_MPI=ON and lies in lib/histo beside the program's bin"));
  CHECK(contains(histo::mpi_version(folder.path()), "not available: "));
}

TEST_CASE("team: a module of another version of the program is refused") {
  const auto error = error_of([] { histo::open_team(HISTO_STRANGE_MODULE_DIR); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "histo_mpi.so: is of version 0.0.0-strange and this program is "));
}

TEST_CASE("team: a module that lacks a function is refused by the function's name") {
  const auto error = error_of([] { histo::mpi_version(HISTO_STRANGE_MODULE_DIR); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(error->what() == std::string("histo_mpi.so: has no function histo_mpi_library; it is not "
                                     "the module of MPI"));
}
