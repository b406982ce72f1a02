#pragma once
/// Rows of features that are read again and again, block by block.

#include <cstddef>
#include <string>

namespace histo {

/// n rows of `dim` float32 values that can be read any number of times. Called on the caller's
/// thread only.
class RowSource {
 public:
  RowSource() = default;
  RowSource(const RowSource&) = delete;
  RowSource& operator=(const RowSource&) = delete;
  virtual ~RowSource() = default;

  virtual std::size_t rows() const = 0;
  virtual std::size_t dim() const = 0;

  /// Rows [first, first + count) to `out`, count x dim, row-major.
  virtual void read(std::size_t first, std::size_t count, float* out) const = 0;

  /// What a sentence about this row begins with. May be called on any thread.
  virtual std::string row_name(std::size_t row) const {
    return "row " + std::to_string(row) + " of the features";
  }

  /// The same rows where they lie in memory, if they do; else null.
  virtual const float* held(std::size_t /*first*/, std::size_t /*count*/) const { return nullptr; }
};

}  // namespace histo
