#pragma once

#include <string>

#include <torch/csrc/jit/api/module.h>

namespace histo {

/// Freezes the module and packs the weights of its linear layers for this processor's products in
/// float32 on the CPU: it is then for calls in float32, from many threads. The product's name,
/// "onednn 2.6.3"; empty where the module is left as it was, since it cannot be had.
std::string pack_linear_layers(torch::jit::Module& module);

}  // namespace histo
