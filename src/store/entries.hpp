#pragma once
/// What lies in a folder. Both throw Error(kind) naming the path and the system's reason.

#include <filesystem>
#include <vector>

#include "histo/error.hpp"

namespace histo {

/// In no order.
std::vector<std::filesystem::path> entries(const std::filesystem::path& folder, ErrorKind kind);

/// Of what a link points to; file_type::not_found is no error.
std::filesystem::file_type type_of(const std::filesystem::path& path, ErrorKind kind);

}  // namespace histo
