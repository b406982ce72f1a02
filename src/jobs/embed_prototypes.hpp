#pragma once
/// Prototypes for an embedding: from tiles drawn at random, or from a clustering that is
/// there.

#include <atomic>
#include <optional>

#include "histo/embed_job.hpp"

#include "jobs/embed_slides.hpp"
#include "jobs/embedder.hpp"
#include "jobs/stored_rows.hpp"

namespace histo {

/// `rows` are those of slides.folders. Unset if stopped. Throws Error(input) for fewer tiles than
/// prototypes, features that are not finite, and a file that does not fit.
std::optional<SlidePrototypes> find_prototypes(const EmbedJobOptions& options,
                                               const EmbedSlides& slides, const StoredRows& rows,
                                               Observer& observer, const std::atomic<bool>& stop);

}  // namespace histo
