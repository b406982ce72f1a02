#pragma once
/// What the jobs that name classes write, whichever way they came to it.

#include <string>
#include <vector>

#include "histo/classify_job.hpp"

#include "jobs/classifier.hpp"
#include "jobs/labelled_tiles.hpp"
#include "jobs/score_summary.hpp"
#include "store/prediction_table.hpp"

namespace histo {

/// Everything that was predicted and is to be judged.
struct Judged {
  PredictionTable tiles;   ///< those with a known truth, for the figures
  PredictionTable slides;  ///< all; the truth is known of slides whose tiles have one class
  PredictionTable votes;   ///< of slides, by their nearest tiles; no rows where nothing votes
  std::string mixed;       ///< why slides have no figures; empty where they may have
};

/// Writes slides.csv, slide_votes.csv, confusion.csv and classes.csv, as far as there is something
/// to write, and adds the figures to `results` and the sentences to `report`.
void write_judged(const Judged& judged, const ClassifyOptions& options, ResultFolder& folder,
                  Json& results, AnalysisReport& report);

/// predictions.csv of everything at once.
void write_predictions(const PredictionTable& table, ResultFolder& folder, const std::string& name);

/// slides.csv's rows, without the truth where slides are mixed, which `mixed` then says.
PredictionTable slide_rows(PredictionTable tiles, std::string& mixed);

/// The rows after those that are there. Both have the same columns and classes.
void append_rows(PredictionTable& table, const PredictionTable& rows);

/// A slide's row by the votes of its nearest tiles; `rows` have a common slide, and a distance to
/// each of the classes of `learnt` (numbers among the table's).
PredictionTable vote_row(const PredictionTable& rows, const DoubleMatrix& distances,
                         const std::vector<std::int32_t>& learnt, std::size_t voting_tiles);

/// exp(-distance) of each, so scaled that a row sums to 1: for squared distances the classes'
/// probabilities in Snell, Swersky, Zemel, "Prototypical networks for few-shot learning" (2017).
DoubleMatrix nearness(const DoubleMatrix& squared_distances);

/// {encoder, model_sha256, pooling, dim}
Json json_of(const FeatureSource& source);
/// How many keys did not match.
Json json_of(const Unmatched& unmatched);

/// Remembers a sentence for the summary and warns of it.
void say(const std::string& sentence, Json& results, Observer& observer);

BootstrapOptions bootstrap_options(const ClassifyOptions& options);

}  // namespace histo
