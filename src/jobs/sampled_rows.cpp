#include "jobs/sampled_rows.hpp"

#include <algorithm>

#include "core/random.hpp"

namespace histo {

namespace {

/// Rows that are read in one go where several of them are wanted: a few chunks of the file.
constexpr std::size_t longest_span = 1024;

}  // namespace

void SampledRows::read(std::size_t first, std::size_t count, float* out) const {
  const std::size_t dim = stored_->dim();
  const std::size_t end = first + count;
  while (first < end) {
    const std::size_t begin = picks_[first];
    std::size_t last = first + 1;
    while (last < end && picks_[last] - begin < longest_span) ++last;
    const std::size_t rows = picks_[last - 1] + 1 - begin;
    if (rows == last - first) {
      stored_->read(begin, rows, out);
      out += rows * dim;
    } else {
      span_.resize(rows * dim);
      stored_->read(begin, rows, span_.data());
      for (std::size_t i = first; i < last; ++i) {
        out = std::copy_n(span_.data() + (picks_[i] - begin) * dim, dim, out);
      }
    }
    first = last;
  }
}

std::vector<std::size_t> draw_rows(std::size_t first, std::size_t last, std::size_t most,
                                   std::uint64_t seed, std::uint64_t stream) {
  Random random(seed, stream);
  std::vector<std::size_t> picks;
  std::size_t wanted = std::min(most, last - first);
  // Each row with the share that is still wanted of those to come (Knuth's algorithm S).
  for (std::size_t row = first; wanted > 0; ++row) {
    if (random.below(last - row) >= wanted) continue;
    picks.push_back(row);
    --wanted;
  }
  return picks;
}

}  // namespace histo
