#pragma once

#include <string>

#include "histo/model_card.hpp"

namespace histo {

/// What a device computes faster than float32.
struct DeviceAbilities {
  bool is_cpu = true;
  bool bfloat16 = false;
  bool float16 = false;
};

struct ChosenPrecision {
  std::string name = "float32";  ///< "float32", "bfloat16" or "float16"
  std::string warning;           ///< empty where the card's or the user's wish is fulfilled
};

/// The name that cards have for one of EncoderOptions::precision; empty for "auto". Throws
/// Error(usage) for any other.
std::string precision_name(const std::string& asked);

/// Throws Error(usage) naming both where the card does not allow the precision that was asked for.
void check_is_allowed(const std::string& asked, const ModelCard& card);

/// `asked` is one of EncoderOptions::precision. Throws as `check_is_allowed`, and Error(usage) for
/// float16 on the CPU.
ChosenPrecision choose_precision(const std::string& asked, const ModelCard& card,
                                 const DeviceAbilities& device);

}  // namespace histo
