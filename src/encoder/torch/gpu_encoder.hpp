#pragma once

#include <memory>
#include <string>

#include "encoder/torch/torch_encoder.hpp"

namespace histo {

/// Whole batches in one call, on a device that works while the processor goes on. `device` is its
/// name in warnings.
std::unique_ptr<Encoder> gpu_encoder(TorchModel model, const std::string& device);

}  // namespace histo
