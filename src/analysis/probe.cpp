#include "histo/probe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include <cblas.h>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/directions.hpp"
#include "analysis/probe_objective.hpp"
#include "core/single_threaded_blas.hpp"

namespace histo {

namespace {

constexpr std::size_t rows_at_once = 2048;

// NLopt's L-BFGS ends there by itself, and rounding does not allow much less.
constexpr double least_tolerance = 1e-8;

[[noreturn]] void refuse_option(const std::string& what, const std::string& wanted, double value) {
  std::ostringstream sentence;
  sentence << what << " must be " << wanted << ", got " << value;
  throw Error(ErrorKind::usage, sentence.str());
}

std::vector<std::size_t> counted_classes(const FloatMatrixView& features,
                                         const std::vector<std::int32_t>& labels,
                                         std::size_t classes) {
  analysis::check_count(labels.size(), features.rows, "the labels");
  if (classes < 2) {
    throw Error(ErrorKind::input,
                "a probe needs at least 2 classes, got " + std::to_string(classes));
  }
  std::vector<std::size_t> counts = analysis::label_counts(labels, classes);
  for (std::size_t c = 0; c < classes; ++c) {
    if (counts[c] > 0) continue;
    throw Error(ErrorKind::input, "class " + std::to_string(c) + " has no row to learn from");
  }
  return counts;
}

/// 1 / standard deviation (of n) of each column; 0 for a constant one, whose coefficient stays 0.
std::vector<double> inverse_deviations(const FloatMatrixView& features,
                                       const std::vector<double>& mean) {
  std::vector<double> squares(features.columns);
  for (std::size_t row = 0; row < features.rows; ++row) {
    for (std::size_t j = 0; j < features.columns; ++j) {
      const double apart = static_cast<double>(features.row(row)[j]) - mean[j];
      squares[j] += apart * apart;
    }
  }
  for (double& value : squares) {
    const double deviation = std::sqrt(value / static_cast<double>(features.rows));
    value = deviation > 0.0 ? 1.0 / deviation : 0.0;
  }
  return squares;
}

analysis::ProbeTask task_of(const FloatMatrixView& features,
                            const std::vector<std::int32_t>& labels, std::size_t classes,
                            const ProbeOptions& options) {
  validate(options);
  const std::vector<std::size_t> counts = counted_classes(features, labels, classes);
  analysis::check_finite(features, "the features");
  analysis::ProbeTask task;
  task.features = features;
  task.labels = &labels;
  task.classes = classes;
  task.threads = options.threads;
  task.mean = analysis::column_means(features);
  task.inverse_scale.assign(features.columns, 1.0);
  if (options.standardisation == Standardisation::training) {
    task.inverse_scale = inverse_deviations(features, task.mean);
  }
  const auto columns = static_cast<double>(features.columns);
  const auto class_count = static_cast<double>(classes);
  task.cost = options.cost.value_or(columns * class_count / 100.0);
  const auto rows = static_cast<double>(features.rows);
  double weights = 0.0;
  for (const std::size_t count : counts) {
    const auto of_class = static_cast<double>(count);
    task.class_weights.push_back(
        options.class_weights == ClassWeights::balanced ? rows / (class_count * of_class) : 1.0);
    weights += task.class_weights.back() * of_class;
  }
  task.total = task.cost * weights;
  return task;
}

Probe probe_of(const analysis::ProbeTask& task, const analysis::ProbeMinimum& minimum,
               const ProbeOptions& options) {
  const std::size_t columns = task.features.columns;
  const std::size_t outputs = task.outputs();
  Probe probe;
  probe.classes = task.classes;
  probe.cost = task.cost;
  probe.coefficients = DoubleMatrix(outputs, columns);
  const double* const values = minimum.parameters.data();
  std::copy(values, values + outputs * columns, probe.coefficients.values.begin());
  probe.intercepts.assign(values + outputs * columns, values + outputs * (columns + 1));
  if (options.standardisation == Standardisation::training) {
    probe.mean = task.mean;
    for (const double inverse : task.inverse_scale) {
      probe.scale.push_back(inverse > 0.0 ? 1.0 / inverse : 1.0);
    }
  } else {
    for (std::size_t c = 0; c < outputs; ++c) {
      for (std::size_t j = 0; j < columns; ++j) {
        probe.intercepts[c] -= probe.coefficients.at(c, j) * task.mean[j];
      }
    }
  }
  probe.objective = minimum.value * task.total;
  probe.gradient = minimum.gradient;
  probe.iterations = minimum.evaluations;
  probe.converged = minimum.gradient <= options.tolerance;
  if (!probe.converged) {
    std::ostringstream message;
    message << "the probe did not settle in " << probe.iterations
            << " evaluations: the largest component of its gradient is " << probe.gradient
            << ", not " << options.tolerance;
    probe.message = message.str();
  }
  return probe;
}

double log_loss_of(const DoubleMatrix& probabilities, const std::vector<std::int32_t>& labels) {
  double sum = 0.0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double p = probabilities.at(i, static_cast<std::size_t>(labels[i]));
    sum -= std::log(std::max(p, std::numeric_limits<double>::epsilon()));
  }
  return sum / static_cast<double>(labels.size());
}

}  // namespace

void validate(const ProbeOptions& options) {
  if (options.cost && !(*options.cost > 0.0 && std::isfinite(*options.cost))) {
    refuse_option("the cost C of a probe", "above 0", *options.cost);
  }
  if (options.max_iterations == 0) refuse_option("the number of iterations", "at least 1", 0.0);
  if (options.threads == 0) refuse_option("the number of threads", "at least 1", 0.0);
  if (!(options.tolerance >= least_tolerance)) {
    refuse_option("the tolerance", "at least 1e-08", options.tolerance);
  }
}

Probe fit_probe(const FloatMatrixView& features, const std::vector<std::int32_t>& labels,
                std::size_t classes, const ProbeOptions& options) {
  const analysis::ProbeTask task = task_of(features, labels, classes, options);
  const analysis::ProbeMinimum minimum = analysis::minimise_probe(
      task, std::vector<double>(task.parameters()), {options.tolerance, options.max_iterations});
  return probe_of(task, minimum, options);
}

DoubleMatrix probe_probabilities(const Probe& probe, const FloatMatrixView& features) {
  const std::size_t columns = probe.coefficients.columns;
  const std::size_t outputs = probe.coefficients.rows;
  analysis::check_columns(features, columns, "the features");
  analysis::check_finite(features, "the features");
  const SingleThreadedBlas single;
  std::vector<double> mean(columns);
  std::vector<double> inverse(columns, 1.0);
  if (!probe.scale.empty()) {
    mean = probe.mean;
    for (std::size_t j = 0; j < columns; ++j) inverse[j] = 1.0 / probe.scale[j];
  }
  DoubleMatrix result(features.rows, probe.classes);
  std::vector<double> rows(std::min(rows_at_once, features.rows) * columns);
  std::vector<double> logits(std::min(rows_at_once, features.rows) * outputs);
  for (std::size_t first = 0; first < features.rows; first += rows_at_once) {
    const std::size_t count = std::min(rows_at_once, features.rows - first);
    analysis::scaled_rows(features, mean, inverse, first, count, rows.data());
    for (std::size_t i = 0; i < count * outputs; ++i) logits[i] = probe.intercepts[i % outputs];
    const auto d = static_cast<blasint>(columns);
    const auto k = static_cast<blasint>(outputs);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(count), k, d, 1.0,
                rows.data(), d, probe.coefficients.values.data(), d, 1.0, logits.data(), k);
    for (std::size_t i = 0; i < count; ++i) {
      analysis::logits_to_probabilities(logits.data() + i * outputs, probe.classes,
                                        result.row(first + i));
    }
  }
  return result;
}

std::vector<std::int32_t> largest_classes(const DoubleMatrix& probabilities) {
  std::vector<std::int32_t> labels;
  labels.reserve(probabilities.rows);
  for (std::size_t i = 0; i < probabilities.rows; ++i) {
    const double* const row = probabilities.row(i);
    const double* const most = std::max_element(row, row + probabilities.columns);
    labels.push_back(static_cast<std::int32_t>(most - row));
  }
  return labels;
}

std::vector<double> cost_grid(std::size_t count) {
  if (count < 2) {
    throw Error(ErrorKind::usage,
                "a grid of costs has at least 2 values, got " + std::to_string(count));
  }
  std::vector<double> costs;
  for (std::size_t i = 0; i < count; ++i) {
    const double exponent = -6.0 + 11.0 * static_cast<double>(i) / static_cast<double>(count - 1);
    costs.push_back(std::pow(10.0, exponent));
  }
  return costs;
}

ProbeSearch search_cost(const FloatMatrixView& training,
                        const std::vector<std::int32_t>& training_labels,
                        const FloatMatrixView& validation,
                        const std::vector<std::int32_t>& validation_labels, std::size_t classes,
                        const std::vector<double>& costs, const ProbeOptions& options) {
  if (costs.empty()) throw Error(ErrorKind::usage, "no costs are given to choose from");
  analysis::check_count(validation_labels.size(), validation.rows, "the labels of the validation");
  analysis::check_labels(validation_labels, classes);
  if (validation.rows == 0) throw Error(ErrorKind::input, "there are no rows to validate on");
  ProbeSearch search;
  search.costs = costs;
  std::sort(search.costs.begin(), search.costs.end());
  for (const double cost : search.costs) {
    ProbeOptions one = options;
    one.cost = cost;
    Probe probe = fit_probe(training, training_labels, classes, one);
    const double loss = log_loss_of(probe_probabilities(probe, validation), validation_labels);
    const bool is_best =
        search.log_losses.empty() ||
        loss < *std::min_element(search.log_losses.begin(), search.log_losses.end());
    search.log_losses.push_back(loss);
    if (is_best) search.best = std::move(probe);
  }
  return search;
}

}  // namespace histo
