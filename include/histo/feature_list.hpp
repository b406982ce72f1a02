#pragma once
/// The feature files below some folders, by what they say of themselves.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/feature_store.hpp"

namespace histo {

struct ListedFeatures {
  std::filesystem::path folder;  ///< the slide's
  std::uintmax_t bytes = 0;      ///< of the file
  std::size_t rows = 0;
  std::size_t dim = 0;
  FeatureInfo info;
  std::string problem;  ///< why the file cannot be read, and then nothing but `bytes` is known
};

/// One for each slide that has features; `inputs` are folders that hold slide folders, or slide
/// folders themselves. Throws Error(input) if an input holds no slide, or none of them has
/// features.
std::vector<ListedFeatures> list_features(const std::vector<std::filesystem::path>& inputs);

}  // namespace histo
