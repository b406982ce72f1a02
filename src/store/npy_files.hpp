#pragma once
/// NumPy's files of one slide: SLIDE.npy, the features, and SLIDE.coords.npy, the places. Source:
/// NumPy Enhancement Proposal 1, format version 1.0.

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "store/foreign.hpp"

namespace histo {

/// SLIDE.coords.npy beside SLIDE.npy or SLIDE.pt.
std::filesystem::path npy_places_path(const std::filesystem::path& features);
bool is_npy_places(const std::filesystem::path& file);

/// float32, rows x dim.
std::unique_ptr<ForeignWriter> write_npy_features(const std::filesystem::path& file,
                                                  std::size_t rows, std::size_t dim);
/// int64, rows x 4: x, y, width, height in level-0 pixels.
std::unique_ptr<ForeignWriter> write_npy_places(const std::filesystem::path& file,
                                                std::size_t rows);

/// One matrix of float32, rows x columns, written whole, beside the target, and renamed into place.
/// Throws Error(output), and Error(internal) where there are not rows x columns values.
void write_npy_matrix(const std::filesystem::path& file, const std::vector<float>& values,
                      std::size_t rows, std::size_t columns);

/// A matrix of float16, float32 or float64 by rows; its places from the file beside it, if that is
/// there. Throws Error(input) naming the file.
ForeignFeatures read_npy(const std::filesystem::path& file);

/// A matrix of whole numbers with x, y or x, y, width, height in a row; without the latter they are
/// 0. Throws Error(input) naming the file.
std::vector<Rect> read_npy_places(const std::filesystem::path& file);

}  // namespace histo
