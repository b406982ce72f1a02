#pragma once
/// CLAM's files of one slide: patches/SLIDE.h5, the places, h5_files/SLIDE.h5, features and places.
/// Its third one, pt_files/SLIDE.pt, is a tensor file.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "store/foreign.hpp"
#include "store/records.hpp"

namespace histo {

/// Relative to the folder of all of CLAM's files.
std::filesystem::path clam_features_path(const std::string& slide);
std::filesystem::path clam_patches_path(const std::string& slide);
std::filesystem::path clam_tensor_path(const std::string& slide);

std::unique_ptr<ForeignWriter> write_clam_features(const std::filesystem::path& file,
                                                   std::size_t dim);

/// Why CLAM could not cut the tiles again from their places alone; empty if it can. It knows tiles
/// that are squares of a level's own pixels.
std::string clam_patches_obstacle(const FeatureInfo& info,
                                  const std::optional<SlideRecord>& record);
std::unique_ptr<ForeignWriter> write_clam_patches(const std::filesystem::path& file,
                                                  const FeatureInfo& info,
                                                  const SlideRecord& record);

/// Reads h5_files/SLIDE.h5; how large the tiles are comes from patches/SLIDE.h5 where that lies
/// beside its folder. Throws Error(input) naming the file.
ForeignFeatures read_clam(const std::filesystem::path& file);

}  // namespace histo
