#include <algorithm>
#include <cmath>
#include <string>

#include "histo/error.hpp"
#include "histo/preprocessing.hpp"

#include "cluster/kernels.hpp"

namespace histo {

PreparedRows::PreparedRows(const RowSource& source, const Preprocessing& preprocessing)
    : source_(&source), preprocessing_(&preprocessing) {
  if (preprocessing.components == 0) return;
  const std::size_t dim = preprocessing.dim;
  if (source.dim() != dim) {
    throw Error(ErrorKind::input, "the features have " + std::to_string(source.dim()) +
                                      " columns, and the preprocessing was fitted on " +
                                      std::to_string(dim));
  }
  const std::size_t width = preprocessing.components;
  columns_.resize(dim * width);
  for (std::size_t j = 0; j < width; ++j) {
    const double divisor = preprocessing.whiten ? std::sqrt(preprocessing.variances[j]) : 1.0;
    for (std::size_t i = 0; i < dim; ++i) {
      columns_[i * width + j] = preprocessing.axes[j * dim + i] / divisor;
    }
  }
}

std::size_t PreparedRows::rows() const { return source_->rows(); }

std::size_t PreparedRows::dim() const {
  return preprocessing_->components == 0 ? source_->dim() : preprocessing_->components;
}

// Row by row in a fixed order: what comes out does not depend on which rows are read together.
void PreparedRows::read(std::size_t first, std::size_t count, float* out) const {
  if (preprocessing_->components == 0) {
    source_->read(first, count, out);
    return;
  }
  const std::size_t dim = preprocessing_->dim;
  const std::size_t width = preprocessing_->components;
  const float* rows = source_->held(first, count);
  if (rows == nullptr) {
    raw_.resize(count * dim);
    source_->read(first, count, raw_.data());
    rows = raw_.data();
  }
  projected_.resize(width);
  for (std::size_t i = 0; i < count; ++i) {
    cluster::kernels().project(rows + i * dim, preprocessing_->mean.data(), dim, columns_.data(),
                               width, projected_.data());
    for (std::size_t j = 0; j < width; ++j) {
      out[i * width + j] = static_cast<float>(projected_[j]);
    }
  }
}

const float* PreparedRows::held(std::size_t first, std::size_t count) const {
  return preprocessing_->components == 0 ? source_->held(first, count) : nullptr;
}

HeldRows::HeldRows(const RowSource& source, std::size_t first, std::size_t count)
    : source_(&source),
      rows_(source.rows()),
      dim_(source.dim()),
      first_(first),
      values_(count * source.dim()) {
  constexpr std::size_t at_once = 4096;
  for (std::size_t done = 0; done < count; done += at_once) {
    source.read(first + done, std::min(at_once, count - done), values_.data() + done * dim_);
  }
}

void HeldRows::read(std::size_t first, std::size_t count, float* out) const {
  const float* from = held(first, count);
  std::copy(from, from + count * dim_, out);
}

const float* HeldRows::held(std::size_t first, std::size_t count) const {
  if (first < first_ || (first - first_ + count) * dim_ > values_.size()) {
    throw Error(ErrorKind::internal, "rows " + std::to_string(first) + " to " +
                                         std::to_string(first + count) + " are not held");
  }
  return values_.data() + (first - first_) * dim_;
}

}  // namespace histo
