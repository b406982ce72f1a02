#include "analysis/probe_objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include <cblas.h>
#include <nlopt.h>

#include "core/ordered_map.hpp"
#include "core/single_threaded_blas.hpp"

namespace histo::analysis {

namespace {

// Few enough for a block to stay in the cache between its two products, and fixed, so that sums are
// made in one order.
constexpr std::size_t rows_at_once = 256;
constexpr unsigned remembered_steps = 10;  // as SciPy's

struct BlockSum {
  double loss = 0.0;
  std::vector<double> gradient;
};

/// The loss of one row with these logits, which become its share of the gradient by logits.
double loss_of(double* logits, std::size_t outputs, std::size_t label, double weight) {
  if (outputs == 1) {
    const double sign = label == 1 ? 1.0 : -1.0;
    const double margin = sign * logits[0];
    // ln(1 + exp(-m)) and its derivative, without overflow on either side.
    const double small = std::exp(-std::abs(margin));
    const double loss = std::log1p(small) + std::max(-margin, 0.0);
    logits[0] = -sign * weight * (margin >= 0.0 ? small : 1.0) / (1.0 + small);
    return weight * loss;
  }
  const double most = *std::max_element(logits, logits + outputs);
  const double own = logits[label] - most;
  double sum = 0.0;
  for (std::size_t c = 0; c < outputs; ++c) {
    logits[c] = std::exp(logits[c] - most);
    sum += logits[c];
  }
  for (std::size_t c = 0; c < outputs; ++c) logits[c] *= weight / sum;
  logits[label] -= weight;
  return weight * (std::log(sum) - own);
}

BlockSum sum_block(const ProbeTask& task, const double* parameters, std::size_t first) {
  const std::size_t columns = task.features.columns;
  const std::size_t outputs = task.outputs();
  const std::size_t count = std::min(rows_at_once, task.features.rows - first);
  std::vector<double> rows(count * columns);
  scaled_rows(task.features, task.mean, task.inverse_scale, first, count, rows.data());
  std::vector<double> logits(count * outputs);
  const double* const intercepts = parameters + outputs * columns;
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = intercepts[i % outputs];
  const auto m = static_cast<blasint>(count);
  const auto k = static_cast<blasint>(outputs);
  const auto d = static_cast<blasint>(columns);
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, k, d, 1.0, rows.data(), d, parameters, d,
              1.0, logits.data(), k);
  BlockSum sum{0.0, std::vector<double>(task.parameters())};
  double* const by_intercept = sum.gradient.data() + outputs * columns;
  for (std::size_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::size_t>((*task.labels)[first + i]);
    const double weight = task.cost * task.class_weights[label] / task.total;
    double* const row = logits.data() + i * outputs;
    sum.loss += loss_of(row, outputs, label, weight);
    for (std::size_t c = 0; c < outputs; ++c) by_intercept[c] += row[c];
  }
  cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, d, m, 1.0, logits.data(), k, rows.data(),
              d, 0.0, sum.gradient.data(), d);
  return sum;
}

/// What NLopt calls, and what it has seen.
struct Descent {
  const ProbeTask& task;
  double tolerance;
  nlopt_opt optimiser;
  ProbeMinimum best;
};

double largest(const double* values, std::size_t count) {
  double most = 0.0;
  for (std::size_t i = 0; i < count; ++i) most = std::max(most, std::abs(values[i]));
  return most;
}

double evaluate(unsigned count, const double* parameters, double* gradient, void* data) {
  Descent& descent = *static_cast<Descent*>(data);
  std::vector<double> own(gradient == nullptr ? count : 0);
  double* const slope = gradient == nullptr ? own.data() : gradient;
  const double value = probe_objective(descent.task, parameters, slope);
  ++descent.best.evaluations;
  const double steepest = largest(slope, count);
  const bool is_there = steepest <= descent.tolerance;
  ProbeMinimum& best = descent.best;
  // Near the minimum values differ by rounding alone, and the gradient tells which is nearer.
  const bool is_equal = value <= best.value * (1.0 + 1e-14);
  if (value < best.value || (is_equal && steepest < best.gradient)) {
    best.value = value;
    best.gradient = steepest;
    best.parameters.assign(parameters, parameters + count);
  }
  if (is_there) nlopt_force_stop(descent.optimiser);
  return value;
}

}  // namespace

void scaled_rows(const FloatMatrixView& features, const std::vector<double>& mean,
                 const std::vector<double>& inverse_scale, std::size_t first, std::size_t count,
                 double* out) {
  const std::size_t columns = features.columns;
  for (std::size_t i = 0; i < count; ++i) {
    const float* const row = features.row(first + i);
    for (std::size_t j = 0; j < columns; ++j) {
      out[i * columns + j] = (static_cast<double>(row[j]) - mean[j]) * inverse_scale[j];
    }
  }
}

void logits_to_probabilities(const double* logits, std::size_t classes, double* probabilities) {
  if (classes == 2) {
    const double small = std::exp(-std::abs(logits[0]));
    const double larger = 1.0 / (1.0 + small);
    const double smaller = small / (1.0 + small);
    probabilities[0] = logits[0] >= 0.0 ? smaller : larger;
    probabilities[1] = logits[0] >= 0.0 ? larger : smaller;
    return;
  }
  const double most = *std::max_element(logits, logits + classes);
  double sum = 0.0;
  for (std::size_t c = 0; c < classes; ++c) {
    probabilities[c] = std::exp(logits[c] - most);
    sum += probabilities[c];
  }
  for (std::size_t c = 0; c < classes; ++c) probabilities[c] /= sum;
}

double probe_objective(const ProbeTask& task, const double* parameters, double* gradient) {
  const std::size_t coefficients = task.outputs() * task.features.columns;
  double value = 0.0;
  std::fill(gradient, gradient + task.parameters(), 0.0);
  std::size_t next = 0;
  ordered_map(
      task.features.rows > rows_at_once ? task.threads : 1,
      [&]() -> std::optional<std::size_t> {
        if (next >= task.features.rows) return std::nullopt;
        const std::size_t first = next;
        next += rows_at_once;
        return first;
      },
      [&] { return [&](std::size_t first) { return sum_block(task, parameters, first); }; },
      [&](const BlockSum& sum) {
        value += sum.loss;
        for (std::size_t i = 0; i < sum.gradient.size(); ++i) gradient[i] += sum.gradient[i];
      });
  double squares = 0.0;
  for (std::size_t i = 0; i < coefficients; ++i) {
    squares += parameters[i] * parameters[i];
    gradient[i] += parameters[i] / task.total;
  }
  return value + 0.5 * squares / task.total;
}

ProbeMinimum minimise_probe(const ProbeTask& task, std::vector<double> start,
                            const StopRule& stop) {
  const SingleThreadedBlas single;
  const auto count = static_cast<unsigned>(task.parameters());
  const std::unique_ptr<nlopt_opt_s, decltype(&nlopt_destroy)> optimiser(
      nlopt_create(NLOPT_LD_LBFGS, count), &nlopt_destroy);
  Descent descent{task, stop.tolerance, optimiser.get(), {}};
  descent.best.parameters = start;
  descent.best.value = std::numeric_limits<double>::infinity();
  descent.best.gradient = std::numeric_limits<double>::infinity();
  nlopt_set_min_objective(optimiser.get(), evaluate, &descent);
  nlopt_set_maxeval(optimiser.get(), static_cast<int>(stop.max_evaluations));
  nlopt_set_vector_storage(optimiser.get(), remembered_steps);
  // What it answers is of no use: that nothing better is found is seen in the gradient.
  double value = 0.0;
  nlopt_optimize(optimiser.get(), start.data(), &value);
  return descent.best;
}

}  // namespace histo::analysis
