#pragma once
/// What the module histo_torch.so exports: plain names, so that they can be looked up in an opened
/// file.

#include <string>

#include "histo/encoder.hpp"

namespace histo {

inline constexpr const char* torch_module_file = "histo_torch.so";

extern "C" {

/// The version of this program that the module was built with; another one's structs may differ.
void histo_torch_program(std::string& version);
/// As `libtorch_version`.
void histo_torch_libtorch(std::string& version);
/// Loads card.torchscript. Throws as `load_encoder`.
void histo_torch_load(const ModelCard& card, const EncoderOptions& options, LoadedEncoder& loaded);

}  // extern "C"

}  // namespace histo
