#pragma once

#include <cstddef>
#include <utility>

#include "histo/kmeans.hpp"

namespace histo::cluster {

/// Counts passes over the rows and asks the caller after each whether to go on.
class Passes {
 public:
  explicit Passes(PassCallback after_pass) : after_pass_(std::move(after_pass)) {}

  /// To be called after a pass; false: stop now.
  bool go_on() {
    ++done_;
    return !after_pass_ || after_pass_(done_);
  }

 private:
  PassCallback after_pass_;
  std::size_t done_ = 0;
};

}  // namespace histo::cluster
