#include "team/mpi/mpi_team.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <thread>

namespace histo {

namespace {

/// How long a rank that fails waits for the others. Those with the same error come at once.
constexpr double seconds_to_fail_in = 5.0;

void check(int code, const char* function) {
  if (code == MPI_SUCCESS) return;
  std::string text(MPI_MAX_ERROR_STRING, '\0');
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  text.resize(static_cast<std::size_t>(length));
  throw Error(ErrorKind::internal, std::string(function) + ": " + text);
}

/// An error as bytes; no bytes where there is none.
std::string packed(const Error& error) {
  return std::string(1, static_cast<char>('0' + static_cast<int>(error.kind()))) + error.what();
}

Error unpacked(const std::string& bytes) {
  return Error(static_cast<ErrorKind>(bytes.front() - '0'), bytes.substr(1));
}

}  // namespace

MpiTeam::MpiTeam(std::size_t piece) : piece_(piece), exceptions_(std::uncaught_exceptions()) {
  int provided = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  if (provided < MPI_THREAD_FUNNELED) {
    throw Error(ErrorKind::internal,
                "MPI must know threads beside the one that calls it (MPI_THREAD_FUNNELED); this "
                "one was built without");
  }
  check(MPI_Comm_dup(MPI_COMM_WORLD, &ranks_), "MPI_Comm_dup");
  check(MPI_Comm_set_errhandler(ranks_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(ranks_, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(ranks_, &size_), "MPI_Comm_size");
}

MpiTeam::~MpiTeam() {
  if (!failure_ && std::uncaught_exceptions() > exceptions_) MPI_Abort(ranks_, 1);
  MPI_Comm_free(&ranks_);
  MPI_Finalize();
}

void MpiTeam::call_meeting(Call call, std::size_t count) {
  const std::uint64_t signature = std::uint64_t{count} * 4 + static_cast<std::uint64_t>(call);
  // A rank that fails agrees with any call.
  meeting_.mine = call == Call::fail ? std::array<std::uint64_t, 3>{1, 0, 0}
                                     : std::array<std::uint64_t, 3>{0, signature, ~signature};
  check(MPI_Iallreduce(meeting_.mine.data(), meeting_.all.data(),
                       static_cast<int>(meeting_.all.size()), MPI_UINT64_T, MPI_MAX, ranks_,
                       &meeting_.request),
        "MPI_Iallreduce");
}

bool MpiTeam::wait_for_meeting(std::optional<double> patience) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  for (;;) {
    int done = 0;
    check(MPI_Test(&meeting_.request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done != 0) return true;
    const Clock::duration waited = Clock::now() - start;
    if (patience && std::chrono::duration<double>(waited).count() > *patience) return false;
    // MPI itself waits by asking without a pause, which takes a processor from those who compute.
    // A share of what was waited already is never missed.
    constexpr auto longest = std::chrono::milliseconds(2);
    std::this_thread::sleep_for(std::min<Clock::duration>(waited / 16, longest));
  }
}

void MpiTeam::meet(Call call, std::size_t count) {
  if (failure_) throw *failure_;
  call_meeting(call, count);
  wait_for_meeting(std::nullopt);
  const auto [failing, largest, complement] = meeting_.all;
  if (failing != 0) throw exchange_errors("");
  if (largest != ~complement) {
    failure_.emplace(ErrorKind::internal, "the ranks of the team make different calls");
    throw *failure_;
  }
}

void MpiTeam::sum(void* values, std::size_t count, std::size_t bytes, MPI_Datatype type) {
  for (std::size_t done = 0; done < count; done += piece_) {
    const std::size_t now = std::min(piece_, count - done);
    check(MPI_Allreduce(MPI_IN_PLACE, static_cast<char*>(values) + done * bytes,
                        static_cast<int>(now), type, MPI_SUM, ranks_),
          "MPI_Allreduce");
  }
}

void MpiTeam::sum(double* values, std::size_t count) {
  meet(Call::sum_doubles, count);
  sum(values, count, sizeof *values, MPI_DOUBLE);
}

void MpiTeam::sum(std::uint64_t* values, std::size_t count) {
  meet(Call::sum_integers, count);
  sum(values, count, sizeof *values, MPI_UINT64_T);
}

std::vector<std::string> MpiTeam::gather_texts(const std::string& mine) {
  const std::uint64_t length = mine.size();
  std::vector<std::uint64_t> lengths(size());
  check(MPI_Allgather(&length, 1, MPI_UINT64_T, lengths.data(), 1, MPI_UINT64_T, ranks_),
        "MPI_Allgather");
  std::vector<std::string> texts(size());
  for (std::size_t i = 0; i < size(); ++i) texts[i].reserve(lengths[i]);
  const std::uint64_t longest = *std::max_element(lengths.begin(), lengths.end());
  const std::uint64_t share = std::max<std::uint64_t>(1, piece_ / size());
  std::vector<int> counts(size());
  std::vector<int> places(size());
  std::string together;
  for (std::uint64_t done = 0; done < longest; done += share) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      const std::uint64_t now = std::min(share, lengths[i] - std::min(done, lengths[i]));
      places[i] = static_cast<int>(sum);
      counts[i] = static_cast<int>(now);
      sum += now;
    }
    together.resize(sum);
    check(MPI_Allgatherv(mine.data() + std::min(done, length), counts[rank()], MPI_BYTE,
                         together.data(), counts.data(), places.data(), MPI_BYTE, ranks_),
          "MPI_Allgatherv");
    for (std::size_t i = 0; i < size(); ++i) {
      texts[i].append(together, static_cast<std::size_t>(places[i]),
                      static_cast<std::size_t>(counts[i]));
    }
  }
  return texts;
}

std::vector<std::string> MpiTeam::gather(const std::string& mine) {
  meet(Call::gather, 0);
  return gather_texts(mine);
}

Error MpiTeam::exchange_errors(const std::string& mine) {
  const std::vector<std::string> errors = gather_texts(mine);
  const auto first = std::find_if(errors.begin(), errors.end(),
                                  [](const std::string& error) { return !error.empty(); });
  failure_ = unpacked(*first);
  return *failure_;
}

std::optional<Error> MpiTeam::fail(const Error& mine) {
  if (failure_) return failure_;
  call_meeting(Call::fail, 0);
  if (!wait_for_meeting(seconds_to_fail_in)) return std::nullopt;
  return exchange_errors(packed(mine));
}

void MpiTeam::end_all(int code) { MPI_Abort(ranks_, code); }

}  // namespace histo
