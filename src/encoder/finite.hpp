#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "histo/error.hpp"

namespace histo {

/// Throws Error(model) naming the first of n images of which one of `dim` values is not finite.
inline void require_finite(const float* features, std::size_t n, std::size_t dim,
                           const std::string& subject) {
  const float* const end = features + n * dim;
  const float* const bad =
      std::find_if_not(features, end, [](float value) { return std::isfinite(value); });
  if (bad == end) return;
  const std::size_t image = static_cast<std::size_t>(bad - features) / dim;
  throw Error(ErrorKind::model,
              subject + ": the feature of image " + std::to_string(image) +
                  " of a batch has a value that is not finite; the weights or the export are "
                  "damaged, so export the model again with models/export.py");
}

}  // namespace histo
