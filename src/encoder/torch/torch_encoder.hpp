#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "histo/encoder.hpp"

#include "encoder/torch/torch_model.hpp"

namespace histo {

/// What the encoders of all devices share.
class TorchEncoder : public Encoder {
 public:
  explicit TorchEncoder(TorchModel model) : model_(std::move(model)) {}

  std::size_t dim() const override { return model_.card().dim; }

  void set_precision(at::ScalarType precision) { model_.set_precision(precision); }
  std::string arithmetic() const { return model_.arithmetic(); }

 protected:
  TorchModel& model() { return model_; }

 private:
  TorchModel model_;
};

}  // namespace histo
