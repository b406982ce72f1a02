// Where LibTorch brings its own oneDNN, inside of itself, or none at all.
#include "encoder/torch/packed_linear.hpp"

namespace histo {

std::string pack_linear_layers(torch::jit::Module&) { return {}; }

}  // namespace histo
