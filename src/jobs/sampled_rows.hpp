#pragma once
/// Some of the rows of many slides.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "histo/row_source.hpp"

#include "jobs/stored_rows.hpp"

namespace histo {

/// The rows whose numbers are given, rising, under numbers of their own. Borrows the others.
class SampledRows : public RowSource {
 public:
  SampledRows(const StoredRows& stored, std::vector<std::size_t> picks)
      : stored_(&stored), picks_(std::move(picks)) {}

  std::size_t rows() const override { return picks_.size(); }
  std::size_t dim() const override { return stored_->dim(); }
  void read(std::size_t first, std::size_t count, float* out) const override;
  std::string row_name(std::size_t row) const override { return stored_->row_name(picks_[row]); }

 private:
  const StoredRows* stored_;
  std::vector<std::size_t> picks_;
  mutable std::vector<float> span_;
};

/// `most` of the numbers first .. last - 1, or all where there are no more, rising; each set of
/// them is as likely as any other.
std::vector<std::size_t> draw_rows(std::size_t first, std::size_t last, std::size_t most,
                                   std::uint64_t seed, std::uint64_t stream);

}  // namespace histo
