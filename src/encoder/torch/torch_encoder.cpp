// One call for each image on the CPU, many of them at once on threads that have one ATen and one
// BLAS thread each. In a call with several images the last bits of a row depend on its place, since
// OpenBLAS treats the rows at a matrix's edge differently (measured, batches of 3); so may oneDNN
// on some processors. Calls with four images would take no less time in float32, and 5 % less in
// bfloat16.

#include "encoder/torch/torch_encoder.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include "histo/version.hpp"

#include "core/ordered_map.hpp"
#include "encoder/finite.hpp"
#include "encoder/torch/blas.hpp"
#include "encoder/torch/device.hpp"
#include "encoder/torch/gpu_encoder.hpp"
#include "encoder/torch_module.hpp"

#if defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI == 0
#error "this LibTorch wants the C++ ABI from before 2015; take the one named cxx11-abi"
#endif

namespace histo {

namespace {

class CpuEncoder : public TorchEncoder {
 public:
  CpuEncoder(TorchModel model, std::size_t threads)
      : TorchEncoder(std::move(model)), threads_(threads) {}

  void encode(const std::uint8_t* pixels, const Normalisation* normalisations, std::size_t n,
              float* features) override {
    const std::size_t image_bytes = model().image_bytes();
    std::size_t next = 0;
    const auto source = [&next, n] {
      return next < n ? std::optional<std::size_t>(next++) : std::nullopt;
    };
    const auto make_worker = [=] {
      return [=](std::size_t i) {
        at::set_num_threads(1);  // of the calling thread
        encode_together(pixels + i * image_bytes, normalisations + i, 1, features + i * dim());
        return i;
      };
    };
    ordered_map(std::min(threads_, n), source, make_worker, [](std::size_t) {});
    require_finite(features, n, dim(), model().subject());
  }

  void encode_in_one_call(const std::uint8_t* pixels, const Normalisation* normalisations,
                          std::size_t n, float* features) override {
    if (n == 0) return;
    at::set_num_threads(static_cast<int>(threads_));
    encode_together(pixels, normalisations, n, features);
    require_finite(features, n, dim(), model().subject());
  }

 private:
  void encode_together(const std::uint8_t* pixels, const Normalisation* normalisations,
                       std::size_t n, float* features) {
    model().translated([&] {
      const auto count = static_cast<std::int64_t>(n);
      const std::int64_t side = model().card().crop_size;
      std::vector<float> packed(2 * 3 * n);
      pack(normalisations, n, packed.data());
      // from_blob wants pointers that may be written to; nothing writes.
      const at::Tensor feature = model().features(
          at::from_blob(const_cast<std::uint8_t*>(pixels), {count, side, side, 3}, at::kByte),
          at::from_blob(packed.data(), {2, count, 3, 1, 1}, at::kFloat));
      std::memcpy(features, feature.data_ptr<float>(), n * dim() * sizeof(float));
    });
  }

  std::size_t threads_;
};

at::ScalarType scalar_type(const std::string& precision) {
  if (precision == "bfloat16") return at::kBFloat16;
  return precision == "float16" ? at::kHalf : at::kFloat;
}

}  // namespace

extern "C" {

void histo_torch_program(std::string& text) { text = version(); }

void histo_torch_libtorch(std::string& text) { text = libtorch_text(); }

void histo_torch_load(const ModelCard& card, const EncoderOptions& options, LoadedEncoder& loaded,
                      DeviceAbilities& abilities) {
  const ChosenDevice device = choose_device(options.device, "the model");
  loaded.device = device.name;
  loaded.warnings = device.warnings;
  if (device.abilities.is_cpu) prepare_blas(loaded.warnings);
  abilities = device.abilities;
  TorchModel model(card, device.device);
  loaded.arithmetic = model.arithmetic();
  if (device.abilities.is_cpu) {
    loaded.encoder = std::make_unique<CpuEncoder>(std::move(model), options.threads);
  } else {
    loaded.encoder = gpu_encoder(std::move(model), device.name);
  }
}

void histo_torch_set_precision(Encoder& encoder, const std::string& precision,
                               std::string& arithmetic) {
  auto& runner = static_cast<TorchEncoder&>(encoder);
  runner.set_precision(scalar_type(precision));
  arithmetic = runner.arithmetic();
}

}  // extern "C"

}  // namespace histo
