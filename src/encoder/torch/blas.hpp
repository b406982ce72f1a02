#pragma once

#include <string>
#include <vector>

namespace histo {

/// Makes the library that multiplies LibTorch's float32 matrices on the CPU fit for workers of one
/// thread each, and for this processor. What cannot be helped is added to the warnings.
void prepare_blas(std::vector<std::string>& warnings);

}  // namespace histo
