#pragma once
/// What is done already, what is stale, what is in the way. Only reads.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/jobs.hpp"

#include "core/fingerprint.hpp"
#include "jobs/found.hpp"
#include "jobs/shares.hpp"

namespace histo {

/// The decision for one slide. `what` names the results in the reason: "tiles", "features",
/// "clusters".
PlannedSlide decide(const std::filesystem::path& input, const std::filesystem::path& folder,
                    const Found& found, const Fingerprint& wanted, Overwrite overwrite,
                    const std::string& what);

/// How the slides of an extraction are tiled: as the options say, without images, and begun anew
/// where an earlier run did not end. Throws Error(internal) where none are.
TileJobOptions tiling_of(const ExtractJobOptions& options);

/// The decision for one slide's tiles. Throws Error(input) for a name that cannot be used, and a
/// slide that is gone.
PlannedSlide plan_tiles(const TileJobOptions& options, const std::filesystem::path& slide);

/// All slides of a tile job, in their order.
std::vector<Candidate> tile_candidates(const TileJobOptions& options);

/// All slides of an extraction or a labelling.
std::vector<Candidate> folder_candidates(const std::vector<std::filesystem::path>& folders);

/// Refuse a slide that is to be worked on: where its tiles do not fit the model, and where
/// histoprep saves, or has saved, images that an extraction would take away without a question.
void refuse_misfit(const ModelCard& card, PlannedSlide& slide);
void refuse_images(const ExtractJobOptions& options, PlannedSlide& slide);

/// Why two slides cannot be done in one job: a sentence that begins with this one.
std::string reason_of_twins(const TileJobOptions& options, const Candidate& slide);

/// The plan for one of them.
PlannedSlide plan_tiles(const TileJobOptions& options, const Candidate& slide);

/// The doors' plans with what all shards agree on.
SharedPlan share_tile_job(const TileJobOptions& options);
SharedPlan share_extract_job(const ExtractJobOptions& options, const ModelCard& card);
SharedPlan share_apply_job(const ApplyJobOptions& options);

/// The decision anew for a slide that the plan has work for, in case that another process has
/// finished it since. Throws as `plan_tiles` does.
PlannedSlide plan_extraction(const ExtractJobOptions& options, const ModelCard& card,
                             const PlannedSlide& slide);

/// What the clusters of these slides depend on. Throws Error(input) if a feature file cannot be
/// read.
Fingerprint cluster_fingerprint(const std::vector<std::filesystem::path>& folders,
                                const ClusterJobOptions& options);

/// The slide folders that the inputs stand for, sorted, none twice: an input is one itself or holds
/// some. Throws Error(input) if an input holds none.
std::vector<std::filesystem::path> find_slide_folders(
    const std::vector<std::filesystem::path>& inputs);

/// The folder that run.json and clustering/ belong into: the input, or its parent if it is a
/// slide's folder.
std::filesystem::path output_of(const std::filesystem::path& input);

}  // namespace histo
