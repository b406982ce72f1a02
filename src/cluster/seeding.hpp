#pragma once
/// First centres from rows in memory.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "cluster/nearest.hpp"

namespace histo::cluster {

/// First centres for one k, and what they cost.
struct Seeds {
  std::size_t k = 0;
  std::uint64_t seed = 0;
  std::vector<float> centres;  ///< k x dim
  double seconds = 0.0;
};

/// Rows in memory, each standing for as many as its weight; without weights, for one.
struct SeedingRows {
  RowView view;  ///< held; not to be brought to any length
  const Origin* origin = nullptr;
  const std::vector<double>* weights = nullptr;
};

/// Greedy k-means++ for all `seeds`, which come with one k and their seeds. `go_on` is asked after
/// each pass; false: some seeds are missing.
bool draw_seeds(const SeedingRows& rows, std::vector<Seeds>& seeds,
                const std::function<bool()>& go_on);

/// Distinct rows, each set equally likely.
void draw_random_rows(const SeedingRows& rows, std::vector<Seeds>& seeds);

/// Of a row, once for all products.
struct RowLengths {
  double own = 0.0;                  ///< |x|, or |x - o| if rows are shifted
  double squared_from_origin = 0.0;  ///< |x - o|^2
};

/// Float32 squared distances by products with a bound, as in nearest.hpp, and in float64 where that
/// is too wide: of each row to each of `count` centres, to out[c * block.count + i]. A row that is
/// a centre gets 0. The rounding depends on `count`, so that what must not depend on other centres
/// has to be asked alone. Holds scratch: one for each thread.
class SquaredDistances {
 public:
  explicit SquaredDistances(const Origin& origin);

  void measure_rows(const RowBlock& block, RowLengths* lengths) const;
  void measure(const RowBlock& block, const RowLengths* lengths, const float* centres,
               std::size_t count, float* out);

 private:
  const Origin* origin_;
  double origin_length_ = 0.0;  ///< 0 if rows are shifted
  std::vector<float> shifted_;
  std::vector<float> products_;
};

}  // namespace histo::cluster
