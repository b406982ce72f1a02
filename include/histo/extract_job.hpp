#pragma once
/// Tiles to features.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <vector>

#include "histo/encoder.hpp"
#include "histo/job.hpp"
#include "histo/model_card.hpp"
#include "histo/observer.hpp"

namespace histo {

struct ExtractJobOptions {
  /// Folders that hold slide folders, or slide folders themselves.
  std::vector<std::filesystem::path> inputs;

  /// Images a batch; batches span slides. At least 1. Features depend on it by rounding on a GPU,
  /// on the CPU not at all.
  std::size_t batch_size = 64;

  /// Threads that decode and resize; at least 1. The features do not depend on it.
  std::size_t threads = 1;

  Overwrite overwrite = Overwrite::never;

  RunInfo info;
};

void validate(const ExtractJobOptions& options);

std::vector<PlannedSlide> plan_extract_job(const ExtractJobOptions& options, const ModelCard& card);

/// `load` is called only if there is work.
RunReport run_extract_job(const ExtractJobOptions& options, const ModelCard& card,
                          const std::function<LoadedEncoder()>& load, Observer& observer,
                          const std::atomic<bool>& stop);

}  // namespace histo
