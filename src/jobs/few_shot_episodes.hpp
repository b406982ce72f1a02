#pragma once
/// How good prototypes of a few examples are, and how much that depends on which.

#include <atomic>
#include <vector>

#include "histo/classify_job.hpp"

#include "jobs/classify_learn.hpp"

namespace histo {

/// On the first trial alone. Writes shots.csv, shots.png and on request episodes.csv and
/// episode_tiles.csv.
class Episodes : public Sideline {
 public:
  Episodes(const FewShotJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options), observer_(observer), stop_(stop) {}

  void join(const LabelledTiles& tiles, const Trial& trial, const LessonPlan& plan,
            const Classifier& classifier) override;
  void write(const LabelledTiles& tiles, ResultFolder& folder, Json& results,
             AnalysisReport& report) override;

 private:
  void save(const LabelledTiles& tiles, ResultFolder& folder) const;

  const FewShotJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  bool is_done_ = false;
  std::vector<ShotScores> scores_;
  Trial trial_;                       ///< that they were drawn from
  std::vector<std::int32_t> labels_;  ///< of its tiles to learn from, as they were drawn by
  std::vector<std::string> classes_;  ///< of those labels
};

}  // namespace histo
