#pragma once
/// Finds a device for the products of clustering.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "histo/score_engine.hpp"

namespace histo {

struct OpenedScores {
  std::unique_ptr<ScoreEngine> engine;  ///< null: the processor alone
  std::string device = "cpu";           ///< as resolved: "cpu", "cuda:0"
  std::vector<std::string> warnings;    ///< such as: no GPU was found
};

/// `device` is as EncoderOptions::device; `module_folder` too. LibTorch, whose opening takes a
/// second or more, is left alone for "cpu", and for "auto" where the machine shows no driver of a
/// GPU. Throws Error(usage) where the asked device does not exist, Error(model) where it is asked
/// for and the module is missing, or its products are not float32's.
OpenedScores open_scores(const std::string& device, const std::filesystem::path& module_folder);

}  // namespace histo
