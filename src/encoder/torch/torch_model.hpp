#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>
#include <torch/csrc/jit/api/module.h>

#include "histo/encoder.hpp"

#include "encoder/torch/torch_error.hpp"

namespace histo {

/// The model of a card on a device.
class TorchModel {
 public:
  /// Throws Error(model) with what is wrong with the file.
  TorchModel(const ModelCard& card, const c10::Device& device);

  const ModelCard& card() const { return card_; }
  const c10::Device& device() const { return device_; }
  const std::string& subject() const { return subject_; }
  std::size_t image_bytes() const;
  /// As LoadedEncoder::arithmetic.
  std::string arithmetic() const;

  /// at::kFloat, which it starts with, at::kBFloat16 or at::kHalf. Throws as the constructor.
  void set_precision(at::ScalarType precision);

  /// Of n x crop x crop x 3 uint8 pixels and `packed` normalisations, both on the device, the
  /// features, n x dim float32, there too. From many threads. Call it inside `translated`.
  at::Tensor features(const at::Tensor& pixels, const at::Tensor& normalisations);

  /// What LibTorch throws in `act` leaves as Error(model).
  template <class Act>
  auto translated(Act&& act) const {
    const auto sentence = [this](const std::string& message) {
      return torch_run_sentence(message, device_);
    };
    return translate_errors(subject_, sentence, std::forward<Act>(act));
  }

 private:
  void load();

  ModelCard card_;
  c10::Device device_;
  std::string subject_;  // of its errors
  at::ScalarType precision_ = at::kFloat;
  torch::jit::Module module_;
  std::string product_;  // of its linear layers, where it is not LibTorch's
};

/// All means, then all deviations, for a tensor of 2 x n x 3 x 1 x 1.
void pack(const Normalisation* normalisations, std::size_t n, float* values);

}  // namespace histo
