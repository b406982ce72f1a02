#pragma once
/// The rows that a clustering works on, as they are clustered.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/cluster_store.hpp"
#include "histo/preprocessing.hpp"
#include "histo/team.hpp"

#include "jobs/stored_rows.hpp"

namespace histo {

/// The slides' features, preprocessed, in memory as far as they are this rank's and fit.
class ClusterRows {
 public:
  explicit ClusterRows(const std::vector<std::filesystem::path>& folders) : stored_(folders) {}
  ClusterRows(const ClusterRows&) = delete;
  ClusterRows& operator=(const ClusterRows&) = delete;

  /// Takes over what is done to each row, and holds the rank's share of the rows if it takes at
  /// most `memory` bytes. To be called once.
  void prepare(Preprocessing preprocessing, const Team& team, std::size_t memory);

  const StoredRows& stored() const { return stored_; }
  const Preprocessing& preprocessing() const { return preprocessing_; }
  std::size_t held_bytes() const { return held_bytes_; }

  /// To be read in the rank's share alone.
  const RowSource& share() const { return *share_; }
  /// All rows, for any rank; from the files where they are not in memory.
  const RowSource& all() const { return all_in_memory_ ? *share_ : *prepared_; }

 private:
  StoredRows stored_;
  Preprocessing preprocessing_;
  std::optional<PreparedRows> prepared_;
  std::optional<HeldRows> held_;
  const RowSource* share_ = nullptr;
  bool all_in_memory_ = false;
  std::size_t held_bytes_ = 0;
};

/// Rows [first, last) of another source, under numbers of their own. Borrows it.
class RowRange : public RowSource {
 public:
  RowRange(const RowSource& source, std::size_t first, std::size_t last)
      : source_(&source), first_(first), last_(last) {}
  std::size_t rows() const override { return last_ - first_; }
  std::size_t dim() const override { return source_->dim(); }
  void read(std::size_t first, std::size_t count, float* out) const override {
    source_->read(first_ + first, count, out);
  }
  std::string row_name(std::size_t row) const override { return source_->row_name(first_ + row); }
  const float* held(std::size_t first, std::size_t count) const override {
    return source_->held(first_ + first, count);
  }

 private:
  const RowSource* source_;
  std::size_t first_;
  std::size_t last_;
};

/// Between a clustering's file and its use.
StoredPca stored_pca(const Preprocessing& preprocessing);
Preprocessing preprocessing_of(const Clustering& clustering);

}  // namespace histo
