#include <utility>

#include "histo/classify_job.hpp"
#include "histo/error.hpp"

#include "core/text.hpp"
#include "jobs/classify_apply.hpp"
#include "jobs/classify_learn.hpp"
#include "jobs/classify_options.hpp"

namespace histo {

namespace {

std::string name_of(KnnWeights weights) {
  return weights == KnnWeights::uniform ? "uniform" : "temperature";
}

std::string name_of(Centring centring) {
  return centring == Centring::mean_of_references ? "mean_of_references" : "none";
}

class Neighbours : public Classifier {
 public:
  Neighbours(const Lesson& lesson, const KnnOptions& options)
      : references_(lesson.features),
        labels_(lesson.labels),
        options_(options),
        knn_(references_, labels_, lesson.classes, options) {}

  /// Of a file, whose references it keeps.
  Neighbours(FloatTable references, std::vector<std::int32_t> labels, std::size_t classes,
             const KnnOptions& options)
      : owned_(std::move(references)),
        references_(owned_.view()),
        labels_(std::move(labels)),
        options_(options),
        knn_(references_, labels_, classes, options) {}

  Answers answer(const FloatMatrixView& rows) const override {
    KnnClassifier::Result result = knn_.classify(rows);
    return {std::move(result.labels), std::move(result.votes), {}};
  }

  void save(Fitted& fitted) const override {
    const float* const first = references_.values;
    fitted.features["references"] = {
        references_.rows, references_.columns, {first, first + references_.size()}};
    fitted.numbers["labels"] = row_of(std::vector<double>(labels_.begin(), labels_.end()));
    fitted.numbers["neighbours"] = row_of(static_cast<double>(options_.neighbours));
    fitted.numbers["temperature"] = row_of(options_.temperature);
    fitted.texts["weights"] = name_of(options_.weights);
    fitted.texts["centring"] = name_of(options_.centring);
  }

  bool takes_zero_rows() const override { return options_.centring != Centring::none; }

  Json findings() const override { return {{"neighbours", knn_.neighbours()}}; }

  std::vector<std::string> messages() const override {
    if (knn_.neighbours() == options_.neighbours) return {};
    return {"-k " + std::to_string(options_.neighbours) + ", and there are but " +
            count_of(references_.rows, "tile") + " to learn from, which all vote"};
  }

 private:
  FloatTable owned_;
  FloatMatrixView references_;
  std::vector<std::int32_t> labels_;
  KnnOptions options_;
  KnnClassifier knn_;
};

KnnWeights weights_of(const Fitted& fitted) {
  const std::string& word = fitted.text("weights");
  if (word == name_of(KnnWeights::uniform)) return KnnWeights::uniform;
  if (word == name_of(KnnWeights::temperature)) return KnnWeights::temperature;
  throw Error(ErrorKind::input,
              fitted.source + ": weights are '" + word + "', neither 'uniform' nor 'temperature'");
}

Centring centring_of(const Fitted& fitted) {
  const std::string& word = fitted.text("centring");
  if (word == name_of(Centring::none)) return Centring::none;
  if (word == name_of(Centring::mean_of_references)) return Centring::mean_of_references;
  throw Error(ErrorKind::input, fitted.source + ": centring is '" + word +
                                    "', neither 'none' nor 'mean_of_references'");
}

class Knn : public Method {
 public:
  explicit Knn(const KnnOptions& options) : options_(options) {}

  std::string verb() const override { return "knn"; }
  std::string kind() const override { return "knn"; }
  bool takes_zero_rows() const override { return options_.centring != Centring::none; }

  std::unique_ptr<Classifier> learn(const Lesson& lesson,
                                    const Lesson* /*validation*/) const override {
    return std::make_unique<Neighbours>(lesson, options_);
  }

  std::unique_ptr<Classifier> load(Fitted fitted) const override {
    KnnOptions options = options_;
    options.neighbours = whole_number(fitted, "neighbours");
    options.temperature = fitted.number("temperature");
    options.weights = weights_of(fitted);
    options.centring = centring_of(fitted);
    const std::size_t classes = fitted.list("classes").size();
    std::vector<std::int32_t> labels = whole_numbers(fitted, "labels", classes);
    FloatTable references = fitted.table("references");
    fitted.features.clear();
    return std::make_unique<Neighbours>(std::move(references), std::move(labels), classes, options);
  }

 private:
  KnnOptions options_;
};

}  // namespace

void validate(const KnnJobOptions& options) {
  validate(options.common);
  validate(options.knn);
}

AnalysisReport run_knn_job(const KnnJobOptions& options, Observer& observer,
                           const std::atomic<bool>& stop) {
  validate(options);
  KnnOptions knn = options.knn;
  knn.threads = options.common.threads;
  const Knn method(knn);
  if (!options.common.model.empty()) {
    return apply_classes(method, options.common, observer, stop);
  }
  return learn_classes(method, options.common, nullptr, observer, stop);
}

}  // namespace histo
