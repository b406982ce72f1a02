#pragma once
/// All jobs: slides to tiles, tiles to features, features to clusters.
///
/// A complete program, without its includes:
///
///     histo::TileJobOptions options;
///     options.slides = {"slides/a.svs"};
///     options.output = "tiles";
///     options.tiling.width = 512;
///     histo::RunReport report = histo::run_tile_job(options, observer, stop);

#include "histo/annotate_job.hpp"  // IWYU pragma: export
#include "histo/apply_job.hpp"     // IWYU pragma: export
#include "histo/classify_job.hpp"  // IWYU pragma: export
#include "histo/cluster_job.hpp"   // IWYU pragma: export
#include "histo/compose_job.hpp"   // IWYU pragma: export
#include "histo/convert_job.hpp"   // IWYU pragma: export
#include "histo/embed_job.hpp"     // IWYU pragma: export
#include "histo/evaluate_job.hpp"  // IWYU pragma: export
#include "histo/extract_job.hpp"   // IWYU pragma: export
#include "histo/feature_list.hpp"  // IWYU pragma: export
#include "histo/heatmap_job.hpp"   // IWYU pragma: export
#include "histo/outlier_job.hpp"   // IWYU pragma: export
#include "histo/plan_job.hpp"      // IWYU pragma: export
#include "histo/report_job.hpp"    // IWYU pragma: export
#include "histo/survival_job.hpp"  // IWYU pragma: export
#include "histo/tile_job.hpp"      // IWYU pragma: export
#include "histo/verify_job.hpp"    // IWYU pragma: export
