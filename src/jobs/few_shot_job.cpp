#include <utility>

#include "histo/classify_job.hpp"
#include "histo/error.hpp"

#include "jobs/classify_apply.hpp"
#include "jobs/classify_learn.hpp"
#include "jobs/classify_options.hpp"
#include "jobs/classify_results.hpp"
#include "jobs/few_shot_episodes.hpp"

namespace histo {

namespace {

class NearestPrototype : public Classifier {
 public:
  explicit NearestPrototype(Prototypes prototypes) : prototypes_(std::move(prototypes)) {}

  Answers answer(const FloatMatrixView& rows) const override {
    Answers answers;
    answers.distances = prototype_distances(prototypes_, rows);
    answers.labels = nearest_classes(answers.distances);
    answers.probabilities = answers.distances;
    for (double& value : answers.probabilities.values) value *= value;
    answers.probabilities = nearness(answers.probabilities);
    return answers;
  }

  void save(Fitted& fitted) const override {
    fitted.numbers["mean"] = row_of(prototypes_.mean);
    fitted.numbers["centres"] = prototypes_.centres;
  }

 private:
  Prototypes prototypes_;
};

class FewShot : public Method {
 public:
  explicit FewShot(std::size_t nearest_tiles) : nearest_tiles_(nearest_tiles) {}

  std::string verb() const override { return "fewshot"; }
  std::string kind() const override { return "prototypes"; }
  std::size_t voting_tiles() const override { return nearest_tiles_; }

  std::unique_ptr<Classifier> learn(const Lesson& lesson,
                                    const Lesson* /*validation*/) const override {
    return std::make_unique<NearestPrototype>(
        fit_prototypes(lesson.features, lesson.labels, lesson.classes));
  }

  std::unique_ptr<Classifier> load(Fitted fitted) const override {
    Prototypes prototypes{fitted.vector("mean"), fitted.matrix("centres")};
    const DoubleMatrix& centres = prototypes.centres;
    if (centres.rows != fitted.list("classes").size() ||
        centres.columns != prototypes.mean.size()) {
      throw Error(ErrorKind::input, fitted.source + ": has " + std::to_string(centres.rows) +
                                        " x " + std::to_string(centres.columns) + " centres for " +
                                        std::to_string(fitted.list("classes").size()) +
                                        " classes and a mean of " +
                                        std::to_string(prototypes.mean.size()) + " values");
    }
    return std::make_unique<NearestPrototype>(std::move(prototypes));
  }

 private:
  std::size_t nearest_tiles_;
};

}  // namespace

void validate(const FewShotJobOptions& options) {
  validate(options.common);
  if (options.nearest_tiles == 0)
    throw Error(ErrorKind::usage, "--top-k must be at least 1, got 0");
  if (!options.episodes.shots.empty()) validate(options.episodes);
  if (options.save_episodes && options.episodes.shots.empty()) {
    throw Error(ErrorKind::usage, "--save-episodes saves nothing without --shots");
  }
}

AnalysisReport run_few_shot_job(const FewShotJobOptions& options, Observer& observer,
                                const std::atomic<bool>& stop) {
  validate(options);
  const FewShot method(options.nearest_tiles);
  if (!options.common.model.empty()) {
    return apply_classes(method, options.common, observer, stop);
  }
  Episodes episodes(options, observer, stop);
  return learn_classes(method, options.common, &episodes, observer, stop);
}

}  // namespace histo
