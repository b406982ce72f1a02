// One call for each image on the CPU, many of them at once on threads that have one ATen and one
// BLAS thread each. In a call with several images the last bits of a row depend on its place, since
// a matrix product treats the rows at its edge differently (measured with OpenBLAS, batches of 3);
// larger calls are not faster.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <ATen/Parallel.h>
#include <torch/csrc/jit/python/update_graph_executor_opt.h>
#include <torch/script.h>

#include "histo/error.hpp"
#include "histo/version.hpp"

#include "core/ordered_map.hpp"
#include "encoder/torch/device.hpp"
#include "encoder/torch/torch_error.hpp"
#include "encoder/torch_module.hpp"

#if defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI == 0
#error "this LibTorch wants the C++ ABI from before 2015; take the one named cxx11-abi"
#endif

namespace histo {

namespace {

std::string text(c10::IntArrayRef shape) {
  std::string result;
  for (const std::int64_t length : shape) {
    result += (result.empty() ? "" : " x ") + std::to_string(length);
  }
  return result.empty() ? "one number" : result;
}

torch::Tensor per_channel(const std::array<double, 3>& values) {
  return torch::tensor(torch::ArrayRef<double>(values.data(), values.size()), torch::kFloat32)
      .reshape({1, 3, 1, 1});
}

class TorchEncoder : public Encoder {
 public:
  TorchEncoder(const ModelCard& card, ChosenDevice device, std::size_t threads)
      : card_(card), device_(std::move(device)), threads_(threads), subject_("model " + card.name) {
    translate_errors(card.torchscript.string(), torch_load_sentence, [this] {
      module_ = torch::jit::load(card_.torchscript.string(), device_.device);
      module_.eval();
    });
    mean_ = per_channel(card.mean).to(device_.device);
    deviation_ = per_channel(card.deviation).to(device_.device);
  }

  std::size_t dim() const override { return card_.dim; }

  void encode(const std::uint8_t* pixels, std::size_t n, float* features) override {
    if (device_.takes_whole_batches) {
      if (n > 0) encode_together(pixels, n, features);
    } else {
      encode_one_by_one(pixels, n, features);
    }
    const float* const end = features + n * card_.dim;
    const float* const bad = std::find_if_not(static_cast<const float*>(features), end,
                                              [](float value) { return std::isfinite(value); });
    if (bad == end) return;
    const std::size_t image = static_cast<std::size_t>(bad - features) / card_.dim;
    throw Error(ErrorKind::model, subject_ + ": the feature of image " + std::to_string(image) +
                                      " of a batch has a value that is not finite");
  }

 private:
  void encode_one_by_one(const std::uint8_t* pixels, std::size_t n, float* features) {
    const auto image_bytes = static_cast<std::size_t>(3 * card_.crop_size * card_.crop_size);
    std::size_t next = 0;
    const auto source = [&next, n] {
      return next < n ? std::optional<std::size_t>(next++) : std::nullopt;
    };
    const auto make_worker = [this, pixels, features, image_bytes] {
      return [this, pixels, features, image_bytes](std::size_t i) {
        at::set_num_threads(1);  // of the calling thread
        encode_together(pixels + i * image_bytes, 1, features + i * card_.dim);
        return i;
      };
    };
    ordered_map(std::min(threads_, n), source, make_worker, [](std::size_t) {});
  }

  void encode_together(const std::uint8_t* pixels, std::size_t n, float* features) {
    translate_errors(subject_, torch_sentence, [&] {
      const c10::InferenceMode no_gradients;
      // Of the calling thread. The optimising executor would run a model's first calls otherwise
      // than the later ones, and LibTorch 2.6 spends minutes on fusing a transformer.
      torch::jit::setGraphExecutorOptimize(false);
      const auto rows = static_cast<std::int64_t>(n);
      const torch::Tensor output = first_tensor(module_.forward({normalised(pixels, rows)}));
      const torch::Tensor feature =
          pooled(output, rows).to(torch::kCPU, torch::kFloat32).contiguous();
      std::memcpy(features, feature.data_ptr<float>(), n * card_.dim * sizeof(float));
    });
  }

  torch::Tensor normalised(const std::uint8_t* pixels, std::int64_t n) const {
    // from_blob wants a pointer that may be written to; nothing writes.
    return torch::from_blob(const_cast<std::uint8_t*>(pixels),
                            {n, card_.crop_size, card_.crop_size, 3}, torch::kUInt8)
        .to(device_.device)
        .permute({0, 3, 1, 2})
        .to(torch::kFloat32, /*non_blocking=*/false, /*copy=*/false,
            torch::MemoryFormat::Contiguous)
        .div(255)
        .sub(mean_)
        .div(deviation_);
  }

  /// A model may give a tensor, or a tuple, list or dictionary whose first value is one.
  torch::Tensor first_tensor(const torch::IValue& output) const {
    if (output.isTensor()) return output.toTensor();
    if (output.isList() && !output.toListRef().empty()) return first_tensor(output.toListRef()[0]);
    if (output.isTuple() && !output.toTupleRef().elements().empty()) {
      return first_tensor(output.toTupleRef().elements()[0]);
    }
    if (output.isGenericDict() && !output.toGenericDict().empty()) {
      return first_tensor(output.toGenericDict().begin()->value());
    }
    throw Error(ErrorKind::model, subject_ + ": gives " + output.tagKind() +
                                      " and not a tensor, nor a tuple, list or dictionary that "
                                      "begins with one");
  }

  torch::Tensor pooled(const torch::Tensor& output, std::int64_t n) const {
    check_shape(output, n);
    torch::Tensor feature = output;
    if (card_.layout == OutputLayout::tokens) {
      const torch::Tensor cls = output.select(1, static_cast<std::int64_t>(card_.cls_index));
      if (card_.pooling == Pooling::cls) {
        feature = cls;
      } else {
        feature = output.slice(1, static_cast<std::int64_t>(card_.prefix_tokens)).mean(1);
        if (card_.pooling == Pooling::cls_and_mean_patch) feature = torch::cat({cls, feature}, 1);
      }
    }
    return card_.l2 ? feature / feature.norm(2, {1}, true) : feature;
  }

  void check_shape(const torch::Tensor& output, std::int64_t n) const {
    const bool tokens = card_.layout == OutputLayout::tokens;
    const auto dim = static_cast<std::int64_t>(card_.dim);
    const std::int64_t width = card_.pooling == Pooling::cls_and_mean_patch ? dim / 2 : dim;
    const bool good = output.dim() == (tokens ? 3 : 2) && output.size(0) == n &&
                      output.size(-1) == width &&
                      (!tokens || output.size(1) > static_cast<std::int64_t>(card_.prefix_tokens));
    if (good) return;
    const std::string wanted = tokens ? std::to_string(n) + " x tokens x " + std::to_string(width) +
                                            " with more than " +
                                            std::to_string(card_.prefix_tokens) + " tokens"
                                      : std::to_string(n) + " x " + std::to_string(width);
    throw Error(ErrorKind::model, subject_ + ": its output is " + text(output.sizes()) +
                                      " and its card says " + wanted);
  }

  ModelCard card_;
  ChosenDevice device_;
  std::size_t threads_;
  std::string subject_;  // of its errors
  torch::jit::Module module_;
  torch::Tensor mean_;
  torch::Tensor deviation_;
};

}  // namespace

extern "C" {

void histo_torch_program(std::string& text) { text = version(); }

void histo_torch_libtorch(std::string& text) { text = libtorch_text(); }

void histo_torch_load(const ModelCard& card, const EncoderOptions& options, LoadedEncoder& loaded) {
  ChosenDevice device = choose_device(options.device);
  loaded.device = device.name;
  loaded.warnings = device.warnings;
  loaded.encoder = std::make_unique<TorchEncoder>(card, std::move(device), options.threads);
}

}  // extern "C"

}  // namespace histo
