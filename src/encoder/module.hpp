#pragma once
/// The module that holds LibTorch, opened at run time.

#include "core/shared_module.hpp"
#include "encoder/torch_module.hpp"

namespace histo {

inline constexpr ModuleNames torch_module{torch_module_file, "the encoder's module",
                                          "HISTO_ENCODER", "histo_torch_program", ErrorKind::model};

}  // namespace histo
