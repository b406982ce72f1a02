// Tensors as files. What is written here is the archive of Python's torch.save, not TorchScript's,
// which torch.load(weights_only=True) refuses.

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <torch/csrc/jit/serialization/pickle.h>
#include <torch/torch.h>

#include "core/files.hpp"
#include "encoder/torch/torch_error.hpp"
#include "encoder/torch_module.hpp"

namespace histo {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw Error(ErrorKind::input, file.string() + ": " + what);
}

// The bytes as LibTorch takes them; the others are let go, since a slide's may be many.
std::vector<char> bytes_of(const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file);
  // PyTorch before 1.6 wrote a bare pickle.
  if (bytes.size() < 2 || bytes[0] != 'P' || bytes[1] != 'K') {
    refuse(file, "is no file that PyTorch 1.6 or a later one saved");
  }
  return {bytes.begin(), bytes.end()};
}

torch::IValue unpickled(const std::filesystem::path& file) {
  const std::vector<char> bytes = bytes_of(file);
  try {
    return torch::jit::pickle_load(bytes);
  } catch (const c10::Error& error) {
    refuse(file, "is damaged, or holds more than a tensor: " +
                     torch_sentence(error.what_without_backtrace()));
  } catch (const std::exception& error) {
    refuse(file, "is damaged, or holds more than a tensor: " + torch_sentence(error.what()));
  }
}

}  // namespace

extern "C" {

void histo_torch_pack(const float* values, std::size_t rows, std::size_t columns,
                      std::string& bytes) {
  translate_errors("a tensor", torch_sentence, [&] {
    // from_blob wants a pointer that may be written to; nothing writes.
    const torch::Tensor matrix = torch::from_blob(
        const_cast<float*>(values),
        {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)}, torch::kFloat32);
    const std::vector<char> archive = torch::jit::pickle_save(matrix);
    bytes.assign(archive.begin(), archive.end());
  });
}

void histo_torch_unpack(const std::filesystem::path& file, FloatMatrix& matrix) {
  const torch::IValue value = unpickled(file);
  if (!value.isTensor()) refuse(file, "holds a " + value.tagKind() + ", and a tensor is wanted");
  torch::Tensor tensor = value.toTensor();
  if (tensor.dim() == 3 && tensor.size(0) == 1) tensor = tensor.squeeze(0);
  if (tensor.dim() != 2) {
    refuse(file, "has " + std::to_string(tensor.dim()) + " dimensions, and 2 are wanted");
  }
  if (!tensor.is_floating_point()) refuse(file, "does not hold floating-point numbers");
  translate_errors(file.string(), torch_sentence, [&] {
    tensor = tensor.to(torch::kCPU, torch::kFloat32).contiguous();
    matrix.rows = static_cast<std::size_t>(tensor.size(0));
    matrix.columns = static_cast<std::size_t>(tensor.size(1));
    matrix.values.resize(matrix.rows * matrix.columns);
    if (matrix.values.empty()) return;
    std::memcpy(matrix.values.data(), tensor.data_ptr<float>(),
                matrix.values.size() * sizeof(float));
  });
}

}  // extern "C"

}  // namespace histo
