#pragma once
/// What a probe minimises, and how.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/matrix.hpp"

namespace histo::analysis {

/// The rows that a probe learns from, centred: intercepts have no penalty, so that centring moves
/// them alone, and it makes the minimum far easier to reach.
struct ProbeTask {
  FloatMatrixView features;
  const std::vector<std::int32_t>* labels = nullptr;
  std::size_t classes = 0;
  std::vector<double> mean;           // of each column
  std::vector<double> inverse_scale;  // of each column; ones without standardisation
  std::vector<double> class_weights;  // s of each class
  double cost = 0.0;                  // C
  double total = 0.0;                 // C sum s, by which f is divided
  std::size_t threads = 1;

  /// Rows of coefficients: K, or 1 for two classes.
  std::size_t outputs() const { return classes > 2 ? classes : 1; }
  std::size_t parameters() const { return outputs() * (features.columns + 1); }
};

/// f / total at `parameters` (coefficients, row after row, then intercepts), and its gradient.
double probe_objective(const ProbeTask& task, const double* parameters, double* gradient);

struct ProbeMinimum {
  std::vector<double> parameters;
  double value = 0.0;
  double gradient = 0.0;  // its largest component
  std::size_t evaluations = 0;
};

struct StopRule {
  double tolerance = 0.0;  // of the gradient's largest component
  std::size_t max_evaluations = 0;
};

/// By L-BFGS from `start`: the best point seen.
ProbeMinimum minimise_probe(const ProbeTask& task, std::vector<double> start, const StopRule& stop);

/// Logits to probabilities, in place: `outputs` values become `classes`, at least as many.
void logits_to_probabilities(const double* logits, std::size_t classes, double* probabilities);

/// Rows [first, first + count) as (x - mean) * inverse_scale.
void scaled_rows(const FloatMatrixView& features, const std::vector<double>& mean,
                 const std::vector<double>& inverse_scale, std::size_t first, std::size_t count,
                 double* out);

}  // namespace histo::analysis
