#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "histo/error.hpp"
#include "histo/feature_store.hpp"
#include "histo/ridge.hpp"

#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "jobs/classify_apply.hpp"
#include "jobs/classify_results.hpp"
#include "jobs/classify_trials.hpp"
#include "jobs/feature_blocks.hpp"
#include "jobs/probe_regress.hpp"
#include "store/fitted_file.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

/// NaN where nothing is said.
DoubleMatrix truths_of(const NumberTable& table, const std::string& slide,
                       const std::vector<Rect>& rects, std::size_t targets) {
  DoubleMatrix truth(rects.size(), targets, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < rects.size(); ++i) {
    const std::vector<double>* const values = table.find(slide, rects[i]);
    if (values != nullptr) std::copy(values->begin(), values->end(), truth.row(i));
  }
  return truth;
}

Ridge ridge_of(const Fitted& fitted) {
  Ridge ridge{fitted.matrix("coefficients"), fitted.vector("intercepts"), fitted.number("penalty")};
  const std::size_t targets = fitted.list("targets").size();
  if (ridge.coefficients.rows == targets && ridge.intercepts.size() == targets) return ridge;
  throw Error(ErrorKind::input, fitted.source + ": has " + std::to_string(ridge.coefficients.rows) +
                                    " rows of coefficients for " + std::to_string(targets) +
                                    " targets");
}

/// What is asked of the labels: any line, and numbers in all of the model's columns.
struct Truth {
  std::optional<NumberTable> numbers;
  AppliedSlides slides;
};

Truth truth_of(const Fitted& fitted, const ClassifyOptions& options) {
  Truth truth;
  if (!options.labels.table.empty()) {
    truth.numbers.emplace(options.labels.table, fitted.list("targets"));
  }
  ClassifyOptions asked = options;
  asked.labels = any_line(options.labels);
  truth.slides = applied_slides(fitted, asked, {});
  return truth;
}

/// A slide's rows, read and predicted block by block.
Regressed predicted_slide(const Ridge& ridge, const Truth& truth, std::size_t slide,
                          const Regressed& empty) {
  const AppliedSlides& slides = truth.slides;
  const FeatureReader reader(features_file(slides.folders[slide]));
  Regressed rows = empty;
  rows.rects = reader.read_rects();
  rows.slide.assign(rows.rects.size(), static_cast<std::uint32_t>(slide));
  const std::size_t block = rows_of_block(reader.dim());
  std::vector<float> features;
  for (std::size_t first = 0; first < reader.rows(); first += block) {
    const std::size_t count = std::min(block, reader.rows() - first);
    features.resize(count * reader.dim());
    reader.read(first, count, features.data());
    const auto begin = rows.rects.begin() + static_cast<std::ptrdiff_t>(first);
    const FloatMatrixView view{features.data(), count, reader.dim()};
    check_features(view, {begin, begin + static_cast<std::ptrdiff_t>(count)}, slides.names[slide],
                   true);
    const DoubleMatrix part = predict_ridge(ridge, view);
    rows.predicted.values.insert(rows.predicted.values.end(), part.values.begin(),
                                 part.values.end());
  }
  rows.predicted.rows = rows.rects.size();
  rows.predicted.columns = empty.targets.size();
  if (!truth.numbers) return rows;
  rows.truth = truths_of(*truth.numbers, slides.names[slide], rows.rects, empty.targets.size());
  for (const LabelTable::Entry& entry : slides.entries[slide]) rows.group.push_back(entry.group);
  return rows;
}

}  // namespace

AnalysisReport apply_numbers(const ProbeJobOptions& options, Observer& observer,
                             const std::atomic<bool>& stop) {
  const auto start = std::chrono::steady_clock::now();
  const ClassifyOptions& common = options.common;
  const Fitted fitted = read_fitted(common.model, "ridge");
  const Ridge ridge = ridge_of(fitted);
  const Truth truth = truth_of(fitted, common);
  const AppliedSlides& slides = truth.slides;
  ResultFolder folder(common.output, common.overwrite);
  folder.spare(common.model);
  Json results = applied_results(fitted, common, slides, "targets");
  if (truth.numbers) tell(slides.unmatched, observer);
  Regressed empty;
  empty.targets = fitted.list("targets");
  empty.slides = slides.names;
  empty.groups = slides.groups;
  Regressed known = empty;
  Regressed means = empty;
  RegressionWriter writer(folder.file("regression.csv"));
  for (std::size_t i = 0; i < slides.folders.size() && !stop; ++i) {
    const Regressed rows = predicted_slide(ridge, truth, i, empty);
    writer.append(rows);
    append_rows(means, by_slide(rows));
    if (truth.numbers) append_rows(known, known_rows(rows));
    observer.progress(i + 1, slides.folders.size(), "slides");
  }
  AnalysisReport report;
  report.interrupted = stop;
  if (report.interrupted) return report;
  writer.commit();
  if (truth.numbers && known.rows() == 0) {
    say(common.labels.table.string() + ": gives no tile of the inputs a number in every column",
        results, observer);
  }
  report.findings.push_back("numbers of " + count_of(means.rows(), "slide"));
  write_regressed(known, means, common, folder, results, report);
  if (truth.numbers) folder.write("missing.csv", missing_table(slides.unmatched));
  folder.commit("probe", common.info, std::move(results));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace histo
