#include "histo/tensor_file.hpp"

#include <system_error>

#include "core/files.hpp"
#include "encoder/module.hpp"

namespace histo {

namespace {

constexpr const char* purpose = "that reads and writes .pt files";

}  // namespace

void write_tensor_file(const std::filesystem::path& file, const float* values, std::size_t rows,
                       std::size_t columns, const std::filesystem::path& module_folder) {
  const SharedModule module = open_module(module_folder, torch_module, purpose);
  std::string bytes;
  module.function<decltype(histo_torch_pack)>("histo_torch_pack")(values, rows, columns, bytes);
  replace_file(file, bytes);
}

FloatMatrix read_tensor_file(const std::filesystem::path& file,
                             const std::filesystem::path& module_folder) {
  const SharedModule module = open_module(module_folder, torch_module, purpose);
  FloatMatrix matrix;
  module.function<decltype(histo_torch_unpack)>("histo_torch_unpack")(file, matrix);
  return matrix;
}

}  // namespace histo
