#include "analysis/partial_likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/event_times.hpp"

namespace histo::analysis {

namespace {

/// Below this part of its mean a standard deviation is the rounding of a constant.
constexpr double constant_below = 1e-12;

/// How much of their own sum the l-th of d tied events has left behind.
double share_gone(Ties ties, std::size_t l, std::size_t d) {
  return ties == Ties::efron ? static_cast<double>(l) / static_cast<double>(d) : 0.0;
}

}  // namespace

/// Sums over patients, each of them weighted by the relative risk.
struct PartialLikelihood::Sums {
  double risk = 0.0;
  arma::vec covariates;

  explicit Sums(arma::uword count) : covariates(count, arma::fill::zeros) {}

  void add(double weight, const arma::mat& scaled, arma::uword patient) {
    risk += weight;
    covariates += weight * scaled.col(patient);
  }
};

/// exp(eta - shift): of the largest eta it is 1, so that none overflows.
struct PartialLikelihood::Relative {
  arma::vec eta;
  double shift = 0.0;
  arma::vec risks;
};

PartialLikelihood::PartialLikelihood(const SurvivalTimes& survival,
                                     const DoubleMatrixView& covariates, Ties ties)
    : ties_(ties) {
  validate(survival);
  const std::size_t patients = survival.times.size();
  if (covariates.rows != patients) {
    throw Error(ErrorKind::input, "the covariates are of " + std::to_string(covariates.rows) +
                                      " patients, the survival times of " +
                                      std::to_string(patients));
  }
  if (covariates.columns == 0) {
    throw Error(ErrorKind::input, "the Cox model was given no covariate");
  }
  if (patients < 2) {
    throw Error(ErrorKind::input, "the Cox model was given 1 patient, and needs at least 2");
  }
  if (std::find(survival.events.begin(), survival.events.end(), 1) == survival.events.end()) {
    throw Error(ErrorKind::input,
                "no patient had the event, and the Cox model needs some that had");
  }
  check_finite(covariates, "the covariates");
  const std::vector<std::size_t> order = longest_first(survival);
  for (std::size_t i = 0; i < order.size(); ++i) {
    events_.push_back(survival.events[order[i]]);
    const bool last = i + 1 == order.size();
    if (last || survival.times[order[i + 1]] != survival.times[order[i]]) {
      group_ends_.push_back(i + 1);
    }
  }
  scale(covariates, order);
}

void PartialLikelihood::scale(const DoubleMatrixView& covariates,
                              const std::vector<std::size_t>& order) {
  scaled_.set_size(covariates.columns, order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const double* const row = covariates.row(order[i]);
    std::copy(row, row + covariates.columns, scaled_.colptr(i));
  }
  means_ = arma::mean(scaled_, 1);
  scaled_.each_col() -= means_;
  const auto degrees = static_cast<double>(order.size() - 1);
  deviations_ = arma::sqrt(arma::sum(arma::square(scaled_), 1) / degrees);
  for (arma::uword j = 0; j < deviations_.n_elem; ++j) {
    if (deviations_(j) > constant_below * std::abs(means_(j))) {
      scaled_.row(j) /= deviations_(j);
    } else {
      deviations_(j) = 0.0;
      scaled_.row(j).zeros();
    }
  }
}

PartialLikelihood::Relative PartialLikelihood::relative_risks(const arma::vec& coefficients) const {
  Relative relative;
  relative.eta = scaled_.t() * coefficients;
  relative.shift = relative.eta.max();
  relative.risks = arma::exp(relative.eta - relative.shift);
  return relative;
}

double PartialLikelihood::value(const arma::vec& coefficients) const {
  const Relative relative = relative_risks(coefficients);
  double sum = 0.0;
  double at_risk = 0.0;
  std::size_t first = 0;
  for (const std::size_t end : group_ends_) {
    double tied_risk = 0.0;
    std::size_t tied = 0;
    for (std::size_t i = first; i < end; ++i) {
      at_risk += relative.risks(i);
      if (events_[i] == 0) continue;
      tied_risk += relative.risks(i);
      ++tied;
      sum -= relative.eta(i) - relative.shift;
    }
    for (std::size_t l = 0; l < tied; ++l) {
      const double total = at_risk - share_gone(ties_, l, tied) * tied_risk;
      if (!(total > 0.0)) return std::numeric_limits<double>::infinity();
      sum += std::log(total);
    }
    first = end;
  }
  return sum;
}

// One term, of the l-th of d events at one time, is log Z with Z = sum_i v_i, v_i the relative risk
// of who is at risk, less l/d of it for the d themselves. With p_i = v_i / Z its gradient over eta
// is p, its Hessian diag(p) - p p'. Summed over all terms and taken to the coefficients that is
// X' diag(w) X - M' M, where w_i sums the p_i and M has a row p' X for each term.
Expansion PartialLikelihood::expand(const arma::vec& coefficients) const {
  const Relative relative = relative_risks(coefficients);
  const std::size_t groups = group_ends_.size();
  std::vector<double> inverse(groups);       // sum over the group's terms of 1 / Z
  std::vector<double> tied_inverse(groups);  // the same of l/d / Z
  const auto deaths = static_cast<arma::uword>(std::count(events_.begin(), events_.end(), 1));
  arma::mat averages(covariates(), deaths);
  arma::uword term = 0;
  Sums at_risk(covariates());
  Expansion result;
  for (std::size_t g = 0; g < groups; ++g) {
    Sums tied(covariates());
    std::size_t count = 0;
    for (std::size_t i = g == 0 ? 0 : group_ends_[g - 1]; i < group_ends_[g]; ++i) {
      at_risk.add(relative.risks(i), scaled_, i);
      if (events_[i] == 0) continue;
      tied.add(relative.risks(i), scaled_, i);
      ++count;
      result.value -= relative.eta(i) - relative.shift;
    }
    for (std::size_t l = 0; l < count; ++l) {
      const double gone = share_gone(ties_, l, count);
      const double total = at_risk.risk - gone * tied.risk;
      result.value += std::log(total);
      inverse[g] += 1.0 / total;
      tied_inverse[g] += gone / total;
      averages.col(term++) = (at_risk.covariates - gone * tied.covariates) / total;
    }
  }
  arma::vec weights(patients());
  arma::vec residuals(patients());
  double inverse_so_far = 0.0;
  for (std::size_t g = groups; g-- > 0;) {
    inverse_so_far += inverse[g];
    for (std::size_t i = g == 0 ? 0 : group_ends_[g - 1]; i < group_ends_[g]; ++i) {
      const double had_event = events_[i];
      weights(i) = relative.risks(i) * (inverse_so_far - had_event * tied_inverse[g]);
      residuals(i) = weights(i) - had_event;
    }
  }
  result.gradient = scaled_ * residuals;
  const arma::mat weighted = scaled_.each_row() % arma::sqrt(weights).t();
  result.hessian = weighted * weighted.t() - averages * averages.t();
  return result;
}

arma::vec PartialLikelihood::in_own_units(const arma::vec& coefficients) const {
  arma::vec result(coefficients.n_elem, arma::fill::zeros);
  for (arma::uword j = 0; j < coefficients.n_elem; ++j) {
    if (deviations_(j) > 0.0) result(j) = coefficients(j) / deviations_(j);
  }
  return result;
}

arma::vec PartialLikelihood::in_scaled_units(const arma::vec& coefficients) const {
  return coefficients % deviations_;
}

}  // namespace histo::analysis
