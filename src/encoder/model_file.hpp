#pragma once
/// What kind of file a model is, before LibTorch sees it: its own sentences for files of another
/// kind differ from version to version and name none.

#include <filesystem>

#include "histo/error.hpp"

namespace histo {

/// Throws Error(model) for a file that is empty, a text, weights without code, or an archive of
/// torch.export, saying what to do. What it lets through may still be damaged.
void check_is_torchscript(const std::filesystem::path& file);

/// For a file of torch.export.
Error exported_program_error(const std::filesystem::path& file);

}  // namespace histo
