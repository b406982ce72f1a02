#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "histo/kmeans.hpp"

namespace histo::cluster {

/// Counts passes over all rows and asks the caller whether to go on; a team goes on if all its
/// callers do.
class Passes {
 public:
  Passes(PassCallback after_pass, Team& team) : after_pass_(std::move(after_pass)), team_(&team) {}

  /// To be called by all ranks after a pass; false: stop now.
  bool go_on() {
    ++done_;
    std::uint64_t stops = asks_to_go_on() ? 0 : 1;
    team_->sum(&stops, 1);
    return stops == 0;
  }

  /// Between passes, by one rank for itself.
  bool asks_to_go_on() const { return !after_pass_ || after_pass_(done_); }

 private:
  PassCallback after_pass_;
  Team* team_;
  std::size_t done_ = 0;
};

}  // namespace histo::cluster
