#pragma once
/// What the module histo_torch.so exports: plain names, so that they can be looked up in an opened
/// file.

#include <string>

#include "histo/encoder.hpp"
#include "histo/open_scores.hpp"
#include "histo/tensor_file.hpp"

#include "encoder/precision.hpp"

namespace histo {

inline constexpr const char* torch_module_file = "histo_torch.so";

extern "C" {

/// The version of this program that the module was built with; another one's structs may differ.
void histo_torch_program(std::string& version);
/// As `libtorch_version`.
void histo_torch_libtorch(std::string& version);
/// Loads card.torchscript. Of layout `blocks` the card is one that chooses everything, and the
/// encoder gives it without any `l2`. It computes in float32. Throws as `load_encoder`.
void histo_torch_load(const ModelCard& card, const EncoderOptions& options, LoadedEncoder& loaded,
                      DeviceAbilities& abilities);
/// "float32", "bfloat16" or "float16", for an encoder of `histo_torch_load`; what multiplies then,
/// as LoadedEncoder::arithmetic.
void histo_torch_set_precision(Encoder& encoder, const std::string& precision,
                               std::string& arithmetic);

/// As `open_scores` for a device that is not "cpu", for which it gives an engine of LibTorch's on
/// the processor: the same code, for tests. "auto" without a GPU gives none.
void histo_torch_scores(const std::string& device, OpenedScores& opened);

/// The bytes of a file as `write_tensor_file` writes it. Throws Error(model).
void histo_torch_pack(const float* values, std::size_t rows, std::size_t columns,
                      std::string& bytes);
/// As `read_tensor_file`.
void histo_torch_unpack(const std::filesystem::path& file, FloatMatrix& matrix);

}  // extern "C"

}  // namespace histo
