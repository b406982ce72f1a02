#include "encoder/torch/torch_model.hpp"

#include <array>

#include <torch/csrc/jit/python/update_graph_executor_opt.h>
#include <torch/script.h>
#include <torch/version.h>

#include "encoder/torch/device.hpp"
#include "encoder/torch/output.hpp"
#include "encoder/torch/packed_linear.hpp"

namespace histo {

TorchModel::TorchModel(const ModelCard& card, const c10::Device& device)
    : card_(card), device_(device), subject_("model " + card.name) {
  load();
  if (device_.is_cpu()) product_ = pack_linear_layers(module_);
}

void TorchModel::load() {
  const auto sentence = [this](const std::string& message) {
    return torch_load_sentence(message, device_);
  };
  translate_errors(card_.torchscript.string(), sentence, [this] {
    module_ = torch::jit::load(card_.torchscript.string(), device_);
    module_.eval();
  });
}

std::string TorchModel::arithmetic() const {
  return "libtorch " + std::string(TORCH_VERSION) + (product_.empty() ? "" : ", " + product_);
}

std::size_t TorchModel::image_bytes() const {
  return static_cast<std::size_t>(3 * card_.crop_size * card_.crop_size);
}

void TorchModel::set_precision(at::ScalarType precision) {
  if (precision == precision_) return;
  precision_ = precision;
  if (!product_.empty()) load();  // packed layers are float32's
  product_.clear();
  // LibTorch keeps the lower copies of weights, and only of those that could be trained.
  for (const at::Tensor& weight : module_.parameters()) weight.set_requires_grad(true);
}

at::Tensor TorchModel::features(const at::Tensor& pixels, const at::Tensor& normalisations) {
  const c10::InferenceMode no_gradients;
  // Of the calling thread. The optimising executor would run a model's first calls otherwise
  // than the later ones, and LibTorch 2.6 spends minutes on fusing a transformer.
  torch::jit::setGraphExecutorOptimize(false);
  const at::Tensor input =
      pixels.permute({0, 3, 1, 2})
          .to(at::kFloat, /*non_blocking=*/false, /*copy=*/false, at::MemoryFormat::Contiguous)
          .div(255)
          .sub(normalisations[0])
          .div(normalisations[1]);
  torch::IValue output;
  {
    const LowerPrecision guard(device_, precision_);
    output = module_.forward({input});
  }
  // Pooled and divided by its norm in float32.
  const at::Tensor item = chosen_item(output, card_, subject_).to(at::kFloat);
  return features_of(item, card_, static_cast<std::size_t>(pixels.size(0)), subject_).contiguous();
}

void pack(const Normalisation* normalisations, std::size_t n, float* values) {
  for (const auto member : {&Normalisation::mean, &Normalisation::deviation}) {
    for (std::size_t i = 0; i < n; ++i) {
      for (const double channel : normalisations[i].*member) {
        *values++ = static_cast<float>(channel);
      }
    }
  }
}

}  // namespace histo
