#pragma once
/// Slides with features of two or three classes, for the jobs that learn from labels.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/classify_job.hpp"

#include "core/csv.hpp"
#include "jobs/jobs_fixture.hpp"
#include "jobs/result_folder.hpp"
#include "store/prediction_table.hpp"

namespace histo::test {

/// What summary.json holds.
Json summary_in(const std::filesystem::path& folder);
CsvTable table_in(const std::filesystem::path& file);

/// `in/` with slides, `labels.csv` and `out/`.
struct ClassedSlides : TempFolder {
  std::filesystem::path input(const std::string& name = "in") const { return path() / name; }
  std::filesystem::path output() const { return path() / "out"; }
  std::filesystem::path labels() const { return path() / "labels.csv"; }

  /// A slide whose tiles lie 64 pixels apart in a row. `rows`: 4 numbers a tile.
  void add(const std::string& name, const std::vector<float>& rows,
           const std::string& in = "in") const;
  /// `tiles` rows around the corner of a class, 1 in its own feature; the spread decides how many
  /// are nearer to another corner. The same call gives the same rows.
  static std::vector<float> rows_of(std::size_t a_class, std::size_t tiles, std::uint64_t seed,
                                    double spread = 0.4);

  /// Six patients p0 .. p5 with a slide of each of the classes a, b and c: p0a .. p5c, 8 tiles
  /// each. The table says slide, label, patient, split (p0 to p3 train, p4 validation, p5 test),
  /// score (0, 1 or 2 by class).
  void fill() const;
  void write_labels(const std::string& text) const;

  ClassifyOptions options() const;
};

/// kNN is the simplest of the three: 5 neighbours, otherwise as `options`.
KnnJobOptions knn_of(const ClassedSlides& slides);
AnalysisReport run(const KnnJobOptions& options, Listener& listener);
AnalysisReport run(const KnnJobOptions& options);
/// What a run is refused with; empty where it is not.
std::string refusal(const KnnJobOptions& options);

PredictionTable predictions_in(const std::filesystem::path& folder);
std::vector<std::string> messages_in(const std::filesystem::path& folder);
bool any_contains(const std::vector<std::string>& sentences, const std::string& part);

}  // namespace histo::test
