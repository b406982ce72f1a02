#pragma once
/// From first centres to good ones, on samples that grow.

#include <functional>
#include <vector>

#include "cluster/lloyd.hpp"
#include "cluster/seeding.hpp"
#include "cluster/survey.hpp"

namespace histo::cluster {

/// Rows of a sample, at most: so many, and so many values. Nothing but this bounds what fits start
/// from, so that nothing depends on the memory at hand.
std::size_t sample_size(std::size_t rows, std::size_t dim);

struct StartRows {
  const SampleRows* sample = nullptr;
  double largest = 0.0;
  const Origin* origin = nullptr;
  std::size_t threads = 1;
};

/// The fewest rows that a k is seeded and first followed on; at most `rows`.
std::size_t first_sample(std::size_t rows, std::size_t k);

/// Each list holds several starts for one k; every one is followed by Lloyd on a small sample, the
/// best quarter of them on one four times as large, and so on, until the best of each list has
/// settled on the whole sample. One a list, which depends on nothing in the others; empty when
/// `go_on` says to stop.
std::vector<Seeds> best_starts(const StartRows& rows, const KMeansOptions& options,
                               std::vector<std::vector<Seeds>> lists,
                               const std::function<bool()>& go_on);

}  // namespace histo::cluster
