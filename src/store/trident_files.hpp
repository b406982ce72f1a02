#pragma once
/// TRIDENT's files of one slide, below the folder that it names after magnification, size and
/// overlap: patches/SLIDE_patches.h5, the places, and features_ENCODER/SLIDE.h5. The latter is
/// features.h5 under another name, so Patho-Bench and PANTHER read it too.

#include <filesystem>
#include <memory>
#include <string>

#include "store/foreign.hpp"

namespace histo {

/// Relative to the folder; without an encoder's name "features/SLIDE.h5".
std::filesystem::path trident_features_path(const std::string& slide, const std::string& encoder);
std::filesystem::path trident_patches_path(const std::string& slide);

std::unique_ptr<ForeignWriter> write_trident_features(const std::filesystem::path& file,
                                                      std::size_t dim, const FeatureInfo& info);

/// Why TRIDENT could not cut the tiles again from their places alone; empty if it can.
std::string trident_patches_obstacle(const FeatureInfo& info);
std::unique_ptr<ForeignWriter> write_trident_patches(const std::filesystem::path& file,
                                                     const FeatureInfo& info);

/// Reads features/SLIDE.h5 of TRIDENT, or any file with /features and /coords. Throws Error(input)
/// naming the file.
ForeignFeatures read_trident(const std::filesystem::path& file);

}  // namespace histo
