#pragma once
/// One pass over the rows for several fits.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cluster/lloyd.hpp"
#include "cluster/quantum.hpp"
#include "cluster/row_memory.hpp"

namespace histo::cluster {

/// How many rows belong to each centre, and the sum of these rows.
struct LabelSums {
  std::vector<double> counts;  ///< k
  std::vector<double> sums;    ///< k x dim

  void reset(std::size_t k, std::size_t dim) {
    counts.assign(k, 0.0);
    sums.assign(k * dim, 0.0);
  }
  void add(const LabelSums& other);
};

enum class Phase { moving, settling, done };

/// A fit on its way.
struct Fit {
  LloydFit* result = nullptr;
  Phase phase = Phase::moving;
  HeldLabels labels;         ///< of the pass before, if they are held
  std::vector<float> gaps;   ///< Nearest::gap less the centres' moves since, if they are held
  bool remembers = false;    ///< labels, gaps and sums are of a pass
  std::vector<float> decay;  ///< k: what the last move takes off a row's gap
  LabelSums sums;            ///< of all ranks' rows under the labels of the last pass
  double inertia = 0.0;      ///< of a fit that settles
};

/// Of addends, so that sums do not depend on the order.
struct Quanta {
  Quanta(double largest, std::size_t dim, std::size_t rows);
  Quantum value;    ///< of rows
  Quantum squared;  ///< of squared distances
};

/// The rows' squared distances from the origin, summed; found by the first pass.
double run_pass(const LloydRows& rows, const Quanta& quanta, const std::vector<Fit*>& fits);

}  // namespace histo::cluster
