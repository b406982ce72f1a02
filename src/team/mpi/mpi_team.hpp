#pragma once
/// A team over MPI.
///
/// Before each call of the caller the ranks agree in a few bytes that all of them make it and that
/// none has failed. So a rank with an error is heard at the others' next call, and nobody waits for
/// one who will not come.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <mpi.h>

#include "histo/team.hpp"

namespace histo {

class MpiTeam : public Team {
 public:
  /// Starts MPI, which can be done once in a process. `piece`: most values of one call of MPI.
  explicit MpiTeam(std::size_t piece);
  /// Ends MPI, which waits for the other ranks; where an exception destroys a team that has not
  /// failed, ends them.
  ~MpiTeam() override;

  std::size_t rank() const override { return static_cast<std::size_t>(rank_); }
  std::size_t size() const override { return static_cast<std::size_t>(size_); }
  void sum(double* values, std::size_t count) override;
  void sum(std::uint64_t* values, std::size_t count) override;
  std::vector<std::string> gather(const std::string& mine) override;
  std::optional<Error> fail(const Error& mine) override;
  void end_all(int code) override;

 private:
  enum class Call : std::uint64_t { fail, sum_doubles, sum_integers, gather };

  /// What the ranks agree on: the largest of each number over the ranks.
  struct Meeting {
    std::array<std::uint64_t, 3> mine{};  ///< failing, call, ~call
    std::array<std::uint64_t, 3> all{};
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void call_meeting(Call call, std::size_t count);
  /// False if the others did not come within `patience` seconds, if there is such a number.
  bool wait_for_meeting(std::optional<double> patience);
  /// Waits until all ranks make this call. Throws the error of a rank that has failed.
  void meet(Call call, std::size_t count);

  void sum(void* values, std::size_t count, std::size_t bytes, MPI_Datatype type);
  std::vector<std::string> gather_texts(const std::string& mine);
  Error exchange_errors(const std::string& mine);

  std::size_t piece_;
  int exceptions_;  ///< in flight when the team was made
  MPI_Comm ranks_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
  std::optional<Error> failure_;  ///< what ended the team's work
  Meeting meeting_;               ///< lives as long as MPI may write to it
};

}  // namespace histo
