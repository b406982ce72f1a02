#pragma once
/// STAMP's file of one slide, SLIDE.h5: feats, rounded to float16, and coords in micrometres.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "store/foreign.hpp"

namespace histo {

/// Why a slide cannot be a file of STAMP; empty if it can. STAMP's places are micrometres, so the
/// slide's resolution must be known, and its tiles are squares of known size.
std::string stamp_obstacle(const FeatureInfo& info);
/// Throws Error(input) where there is such an obstacle.
std::unique_ptr<ForeignWriter> write_stamp(const std::filesystem::path& file, std::size_t dim,
                                           const FeatureInfo& info);

/// `mpp` are the slide's micrometres a level-0 pixel, where the file does not say it itself, which
/// STAMP's own never do. Throws Error(input) naming the file, also where `mpp` is needed and unset.
ForeignFeatures read_stamp(const std::filesystem::path& file, std::optional<double> mpp);

}  // namespace histo
