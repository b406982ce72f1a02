// One rank of a team, for tests that start several: it does what its argument names, in the manner
// of a verb of histoencoder. What went right is printed to stdout by each rank.

#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>
#include <thread>

#include "histo/open_team.hpp"

#include "common/app.hpp"
#include "common/team.hpp"
#include "team/mpi_module.hpp"

namespace {

using histo::Error;
using histo::ErrorKind;
using histo::Team;

std::filesystem::path module_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "lib/histo";
}

void expect(bool is_so, const std::string& what) {
  if (!is_so) throw Error(ErrorKind::internal, "not so: " + what);
}

// One write, so that the lines of several ranks do not mix.
void say(const Team& team, const std::string& what) {
  std::ostringstream line;
  line << "rank " << team.rank() << " of " << team.size() << ": " << what << '\n';
  std::cout << line.str() << std::flush;
}

bool is_last(const Team& team) { return team.rank() + 1 == team.size(); }

void sum_of(Team& team, std::size_t count) {
  std::vector<double> doubles(count);
  std::vector<std::uint64_t> integers(count);
  for (std::size_t i = 0; i < count; ++i) {
    doubles[i] = static_cast<double>(i) + 0.5 * static_cast<double>(team.rank());
    integers[i] = (std::uint64_t{1} << 60) + i * (team.rank() + 1);
  }
  team.sum(doubles.data(), count);
  team.sum(integers.data(), count);
  const std::size_t n = team.size();
  for (std::size_t i = 0; i < count; ++i) {
    const double ranks = static_cast<double>(n);
    expect(doubles[i] == static_cast<double>(i) * ranks + 0.25 * ranks * (ranks - 1.0), "doubles");
    expect(integers[i] == (n << 60) + i * (n * (n + 1) / 2), "integers");
  }
}

std::string text_of(std::size_t rank, std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length * rank; ++i) {
    text += static_cast<char>((i * 7 + rank) % 256);
  }
  return text;
}

// Of different lengths; rank 0 gives nothing.
void gather_of(Team& team, std::size_t length) {
  const std::vector<std::string> texts = team.gather(text_of(team.rank(), length));
  expect(texts.size() == team.size(), "a text a rank");
  for (std::size_t rank = 0; rank < team.size(); ++rank) {
    expect(texts[rank] == text_of(rank, length), "text of a rank");
  }
}

void sums_and_texts(Team& team) {
  for (const std::size_t count : std::vector<std::size_t>{0, 1, 1000}) {
    sum_of(team, count);
    gather_of(team, count);
  }
  say(team, "sums and texts are right");
}

int sums(Team& team) {
  sums_and_texts(team);
  return 0;
}

int any(Team& team) {
  expect(team.any(is_last(team)), "one rank's yes is everyone's");
  expect(team.any(true), "all say yes");
  expect(!team.any(false), "all say no");
  say(team, "any is right");
  return 0;
}

int wait_for_others(Team& team) {
  double value = 1.0;
  team.sum(&value, 1);
  return 0;
}

int fail_on_last(Team& team) {
  if (is_last(team)) throw Error(ErrorKind::input, "the last rank's file is bad");
  return wait_for_others(team);
}

int fail_on_all(Team& team) {
  throw Error(ErrorKind::usage, "rank " + std::to_string(team.rank()) + " sees a bad option");
}

// What is no Error of ours, too.
int fail_strangely(Team& team) {
  if (is_last(team)) throw std::bad_alloc();
  return wait_for_others(team);
}

int fail_after_the_others(Team& team) {
  if (team.rank() == 0) throw Error(ErrorKind::output, "the disk is full");
  return 0;
}

int fail_while_others_work(Team& team) {
  if (is_last(team)) throw Error(ErrorKind::input, "the last rank's file is bad");
  std::this_thread::sleep_for(std::chrono::hours(1));
  return 0;
}

int differ(Team& team) {
  if (!is_last(team)) return wait_for_others(team);
  team.gather("something");
  return 0;
}

// Until a signal reaches one of the ranks at least.
int stop(Team& team) {
  say(team, "waits");
  while (!team.any(histo::app::stop_flag().load())) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  say(team, "stops");
  return histo::app::stop_flag().load() ? histo::app::stop_exit_code() : 0;
}

int code_on_last(Team& team) { return is_last(team) ? histo::app::exit_resumable : 0; }

int threads(Team& team) {
  say(team, std::to_string(histo::app::resolve_threads(0, team)) +
                " threads, asked for 3: " + std::to_string(histo::app::resolve_threads(3, team)) +
                ", ranks here: " + std::to_string(histo::app::ranks_here(team)));
  return 0;
}

/// Without `run`: calls of MPI in pieces of a few values.
int pieces() {
  const histo::SharedModule module =
      histo::open_module(module_folder(), histo::mpi_module, "of this test");
  std::unique_ptr<Team> team;
  module.function<decltype(histo::histo_mpi_open)>("histo_mpi_open")(7, team);
  sums_and_texts(*team);
  return 0;
}

/// Without `run`: nobody tells the others that the last rank is gone.
int desert() {
  try {
    const std::unique_ptr<Team> team = histo::open_team(module_folder());
    if (is_last(*team)) throw Error(ErrorKind::input, "nobody hears this");
    return wait_for_others(*team);
  } catch (const Error&) {
    return 0;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, int (*)(Team&)> acts{
      {"sums", sums},
      {"any", any},
      {"fail_on_last", fail_on_last},
      {"fail_on_all", fail_on_all},
      {"fail_strangely", fail_strangely},
      {"fail_after_the_others", fail_after_the_others},
      {"fail_while_others_work", fail_while_others_work},
      {"differ", differ},
      {"code_on_last", code_on_last},
      {"stop", stop},
      {"threads", threads}};
  const std::string act = argc == 2 ? argv[1] : "";
  if (act == "pieces") return pieces();
  if (act == "desert") return desert();
  CLI::App cli("One rank of a team.", "team_check");
  std::string ignored;
  cli.add_option("act", ignored)->required();
  histo::app::ConsoleOptions console;
  return histo::app::run(cli, argc, argv, console,
                         [&] { return acts.at(act)(histo::app::join_team(module_folder())); });
}
