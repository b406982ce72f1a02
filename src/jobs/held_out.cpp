#include "jobs/held_out.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include "histo/error.hpp"

namespace histo {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void add(const CoxModel& model, double cut, const DoubleMatrixView& covariates, double horizon,
         Risks& to) {
  const std::vector<double> log_risk = log_risks(model, covariates);
  const std::vector<double> event_risk = event_risks(model, covariates, horizon);
  const std::vector<std::int32_t> group = risk_groups(log_risk, cut);
  to.log_risk.insert(to.log_risk.end(), log_risk.begin(), log_risk.end());
  to.event_risk.insert(to.event_risk.end(), event_risk.begin(), event_risk.end());
  to.group.insert(to.group.end(), group.begin(), group.end());
}

void add(const Cohort& patients, Cohort& to) {
  if (to.keys.empty()) {
    to = patients;
    return;
  }
  const auto append = [](auto& all, const auto& more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  append(to.keys, patients.keys);
  append(to.group, patients.group);
  append(to.survival.times, patients.survival.times);
  append(to.survival.events, patients.survival.events);
}

/// The patients of one fold, the shortest times first, as Harrell's C compares them.
struct Line {
  std::vector<std::size_t> patients;  ///< rising times, at equal times events first
  /// The first patient of each that is known to outlive it, in `patients`; only for events.
  std::vector<std::size_t> outlived_from;
};

Line line_of(const SurvivalTimes& survival, std::vector<std::size_t> patients) {
  std::stable_sort(patients.begin(), patients.end(), [&survival](std::size_t a, std::size_t b) {
    if (survival.times[a] != survival.times[b]) return survival.times[a] < survival.times[b];
    return survival.events[a] > survival.events[b];
  });
  Line line{std::move(patients), {}};
  const std::size_t count = line.patients.size();
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t from = i + 1;
    const double time = survival.times[line.patients[i]];
    while (from < count && survival.times[line.patients[from]] == time &&
           survival.events[line.patients[from]] == 1) {
      ++from;
    }
    line.outlived_from.push_back(survival.events[line.patients[i]] == 1 ? from : count);
  }
  return line;
}

/// Harrell's C where each patient counts as often as a resample drew it.
class WeightedConcordance {
 public:
  WeightedConcordance(const HeldOut& held, const std::vector<double>& risks) {
    std::map<std::int32_t, std::vector<std::size_t>> folds;
    for (std::size_t i = 0; i < held.fold.size(); ++i) folds[held.fold[i]].push_back(i);
    for (auto& [fold, patients] : folds) {
      lines_.push_back(line_of(held.cohort.survival, std::move(patients)));
      std::vector<double>& ordered = risks_.emplace_back();
      for (const std::size_t i : lines_.back().patients) ordered.push_back(risks[i]);
    }
  }

  /// NaN where no pair counts.
  double index(const std::vector<std::uint32_t>& weights) const {
    double agreeing = 0.0;
    double all = 0.0;
    for (std::size_t fold = 0; fold < lines_.size(); ++fold) {
      const Line& line = lines_[fold];
      const std::vector<double>& risks = risks_[fold];
      std::vector<double> ordered;
      for (const std::size_t i : line.patients) ordered.push_back(weights[i]);
      for (std::size_t i = 0; i < ordered.size(); ++i) {
        if (ordered[i] == 0.0) continue;
        double lower = 0.0;
        double equal = 0.0;
        double pairs = 0.0;
        for (std::size_t j = line.outlived_from[i]; j < ordered.size(); ++j) {
          lower += risks[j] < risks[i] ? ordered[j] : 0.0;
          equal += risks[j] == risks[i] ? ordered[j] : 0.0;
          pairs += ordered[j];
        }
        agreeing += ordered[i] * (lower + 0.5 * equal);
        all += ordered[i] * pairs;
      }
    }
    return all > 0.0 ? agreeing / all : nan;
  }

 private:
  std::vector<Line> lines_;
  std::vector<std::vector<double>> risks_;  ///< in the order of the lines
};

DoubleMatrix matrix_of(const std::vector<const std::vector<double>*>& columns) {
  DoubleMatrix matrix(columns.front()->size(), columns.size());
  for (std::size_t j = 0; j < columns.size(); ++j) {
    for (std::size_t i = 0; i < matrix.rows; ++i) matrix.at(i, j) = (*columns[j])[i];
  }
  return matrix;
}

/// Nothing, with a sentence, where there is no such model.
std::optional<CoxFit> fit_of_risks(const HeldOut& held, Ties ties,
                                   const std::vector<const std::vector<double>*>& risks,
                                   std::string& message) {
  CoxOptions options;
  options.ties = ties;
  try {
    CoxFit fit = fit_cox(held.cohort.survival, matrix_of(risks).view(), options);
    if (fit.converged) return fit;
    message = fit.message;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    message = error.what();
  }
  return std::nullopt;
}

}  // namespace

void hold_out(const CoxRecipe& recipe, const Cohort& patients, double horizon, HeldOut& to) {
  const DoubleMatrix covariates = covariates_of(recipe, patients);
  add(recipe.fit.model, recipe.cut, covariates.view(), horizon, to.risks);
  if (recipe.clinical) {
    add(recipe.clinical->model, recipe.clinical_cut, patients.clinical.view(), horizon,
        to.clinical);
  }
  to.fold.insert(to.fold.end(), patients.patients(), static_cast<std::int32_t>(to.kept.size()));
  std::vector<std::string>& kept = to.kept.emplace_back();
  for (const std::size_t j : recipe.kept) kept.push_back(patients.cluster_names[j]);
  to.penalties.push_back(recipe.penalty);
  add(patients, to.cohort);
}

HeldOutFigures concordance_of(const HeldOut& held, const BootstrapOptions& options) {
  HeldOutFigures figures;
  const WeightedConcordance all(held, held.risks.log_risk);
  std::optional<WeightedConcordance> clinical;
  if (!held.clinical.empty()) clinical.emplace(held, held.clinical.log_risk);
  const std::vector<std::uint32_t> once(held.fold.size(), 1);
  if (all.index(once) != all.index(once)) {
    figures.concordance = {nan, nan, nan, nan};
    figures.messages.emplace_back(
        "no pair of these patients says which of them outlived the "
        "other, so there is no C-index");
    return figures;
  }
  const auto statistics = [&](const std::vector<std::uint32_t>& weights) {
    std::vector<double> values{all.index(weights)};
    if (values.front() != values.front()) return std::vector<double>();
    if (clinical) {
      values.push_back(clinical->index(weights));
      values.push_back(values[0] - values[1]);
    }
    return values;
  };
  const BootstrapResult result = bootstrap(held.cohort.group, statistics, options);
  figures.concordance = result.intervals[0];
  if (clinical) {
    figures.clinical = result.intervals[1];
    figures.difference = result.intervals[2];
  }
  if (!result.message.empty()) figures.messages.push_back(result.message);
  return figures;
}

HeldOutTest test_of(const HeldOut& held, Ties ties) {
  HeldOutTest test;
  const std::vector<std::int32_t>& groups = held.risks.group;
  const auto [least, most] = std::minmax_element(groups.begin(), groups.end());
  if (*least == *most) {
    test.log_rank.chi_square = nan;
    test.log_rank.p = nan;
    test.log_rank.message = std::string("all patients lie ") +
                            (*least == 0 ? "at or below" : "above") +
                            " the training patients' median risk, so there is nothing to compare";
  } else {
    test.log_rank = log_rank_test(held.cohort.survival, groups);
    if (test.log_rank.observed.size() == 2) {
      test.is_reversed = test.log_rank.observed[0] > test.log_rank.expected[0];
    }
  }
  const std::optional<CoxFit> alone =
      fit_of_risks(held, ties, {&held.risks.log_risk}, test.slope_message);
  test.slope = alone ? alone->model.coefficients[0] : nan;
  test.slope_p = alone ? alone->likelihood_ratio_p : nan;
  if (held.clinical.empty()) return test;
  const std::vector<double>& clinical = held.clinical.log_risk;
  const std::optional<CoxFit> smaller = fit_of_risks(held, ties, {&clinical}, test.beyond_message);
  const std::optional<CoxFit> larger =
      smaller ? fit_of_risks(held, ties, {&clinical, &held.risks.log_risk}, test.beyond_message)
              : std::nullopt;
  if (larger) test.beyond_clinical = compare_nested(*smaller, *larger);
  return test;
}

std::vector<double> risk_thresholds() {
  std::vector<double> thresholds;
  for (int i = 1; i < 100; ++i) thresholds.push_back(i / 100.0);
  return thresholds;
}

}  // namespace histo
