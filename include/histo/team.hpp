#pragma once
/// Processes that do one job together, each a part of it.
///
/// All ranks make the same calls in the same order, with equal counts; each call waits for the
/// others. Whatever decides on the way (a stop, whether to go on, which file to refuse) must
/// therefore be decided alike on all ranks: by numbers that all of them have, or by `any`. A rank
/// that has an error of its own says so with `fail`, and the next call of every other rank throws
/// the same error. A Team itself is the team of one process, for which every call returns at once.
/// Thread rule: one thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "histo/error.hpp"

namespace histo {

class Team {
 public:
  Team() = default;
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  virtual ~Team() = default;

  virtual std::size_t rank() const { return 0; }  ///< 0 .. size() - 1
  virtual std::size_t size() const { return 1; }

  /// Replaces each value by its sum over the ranks, the same on all of them. The order of adding is
  /// not promised: callers add numbers whose sums are exact.
  virtual void sum(double* /*values*/, std::size_t /*count*/) {}
  virtual void sum(std::uint64_t* /*values*/, std::size_t /*count*/) {}

  /// What every rank gave, in the order of the ranks, on all of them. The texts may hold any bytes
  /// and differ in length.
  virtual std::vector<std::string> gather(const std::string& mine) { return {mine}; }

  /// True on all ranks if it is true on one. Needed before every branch that leaves out a call of
  /// the team or adds one, where the ranks might differ: `if (team.any(stop.load())) break;` and
  /// never `if (stop.load()) break;`, since a signal reaches one rank sooner than another, or one
  /// alone.
  bool any(bool mine) {
    std::uint64_t ranks = mine ? 1 : 0;
    sum(&ranks, 1);
    return ranks > 0;
  }

  /// Tells the other ranks that this one cannot go on; their next call throws what this gives: the
  /// error of the lowest rank that has one. Empty if they do not come within a few seconds, busy
  /// with their shares: then say the sentence and `end_all`. After an error that a call has thrown
  /// it gives that one, without a word to the others, who have it too.
  virtual std::optional<Error> fail(const Error& mine) { return mine; }

  /// Ends all processes of the team, this one included, with this exit code. The team of one does
  /// nothing.
  virtual void end_all(int /*code*/) {}
};

}  // namespace histo
