#pragma once
/// SLIDE.pt: one matrix as PyTorch's `torch.save` writes a tensor. Read and written by LibTorch.
///
/// Thread rule: one thread at a time.

#include <cstddef>
#include <filesystem>
#include <vector>

namespace histo {

struct FloatMatrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;  ///< rows x columns, row-major
};

/// `values` holds rows x columns numbers, row-major. Written beside the target and renamed into
/// place; `torch.load(weights_only=True)` reads it. `module_folder` is EncoderOptions'. Throws
/// Error(output), Error(model) where there is no module.
void write_tensor_file(const std::filesystem::path& file, const float* values, std::size_t rows,
                       std::size_t columns, const std::filesystem::path& module_folder);

/// A tensor of any floating-point type with two dimensions, or with one image's three, 1 x rows x
/// columns. Code in the file is never run. Throws Error(input) naming the file, Error(model) where
/// there is no module.
FloatMatrix read_tensor_file(const std::filesystem::path& file,
                             const std::filesystem::path& module_folder);

}  // namespace histo
