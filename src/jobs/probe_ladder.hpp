#pragma once
/// The probe's learning curve.

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "histo/classify_job.hpp"

#include "jobs/classify_learn.hpp"

namespace histo {

/// In every trial, probes of a few of the tiles to learn from, with the cost that the trial's own
/// probe has. Writes ladder.csv and ladder.png.
class Ladder : public Sideline {
 public:
  Ladder(const ProbeJobOptions& options, Observer& observer, const std::atomic<bool>& stop);

  void join(const LabelledTiles& tiles, const Trial& trial, const LessonPlan& plan,
            const Classifier& classifier) override;
  void write(const LabelledTiles& tiles, ResultFolder& folder, Json& results,
             AnalysisReport& report) override;

 private:
  struct Step {
    std::size_t tiles = 0;
    PredictionTable predictions;
    std::string message;  ///< why there are none
  };

  const ProbeJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  std::vector<Step> steps_;
};

}  // namespace histo
