#pragma once
/// The options that knn, fewshot and probe share.

#include "histo/classify_job.hpp"

namespace histo {

/// Throws Error(usage) naming the option and the value.
void validate(const ClassifyOptions& options);

}  // namespace histo
