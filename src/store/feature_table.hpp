#pragma once
/// SLIDE.csv: a line for each tile, x, y, w, h in level-0 pixels and then its features, f0, f1, ...

#include <filesystem>
#include <memory>

#include "store/foreign.hpp"

namespace histo {

/// Features have the shortest digits that read back as the same float32.
std::unique_ptr<ForeignWriter> write_feature_table(const std::filesystem::path& file,
                                                   std::size_t dim);

/// Columns x, y, w and h may stand anywhere; those besides them and "path" are features, in their
/// order. The file is read line by line, and a field must not go over several. Throws Error(input)
/// naming the file, the line and the column.
ForeignFeatures read_feature_table(const std::filesystem::path& file);

}  // namespace histo
