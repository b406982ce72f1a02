#include <algorithm>
#include <armadillo>
#include <cmath>
#include <limits>
#include <string>

#include "histo/error.hpp"
#include "histo/survival.hpp"

#include "analysis/checks.hpp"
#include "analysis/event_times.hpp"
#include "core/single_threaded_blas.hpp"

namespace histo {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Observed and expected events of all groups, and their covariances.
struct Tally {
  arma::vec observed;
  arma::vec expected;
  arma::mat covariance;

  explicit Tally(arma::uword groups)
      : observed(groups, arma::fill::zeros),
        expected(groups, arma::fill::zeros),
        covariance(groups, groups, arma::fill::zeros) {}
};

/// Of the patients at risk at one time, by group, as many as `deaths` had the event.
void add_moment(Tally& tally, const arma::vec& at_risk, double deaths) {
  const double all = arma::accu(at_risk);
  const arma::vec share = at_risk / all;
  tally.expected += deaths * share;
  if (all <= 1.0) return;
  const double scale = deaths * (all - deaths) / (all - 1.0);
  tally.covariance += scale * (arma::diagmat(share) - share * share.t());
}

Tally tally_of(const SurvivalTimes& survival, const std::vector<std::int32_t>& groups,
               std::size_t count) {
  const std::vector<std::size_t> order = analysis::longest_first(survival);
  Tally tally(count);
  arma::vec at_risk(count, arma::fill::zeros);
  for (std::size_t first = 0; first < order.size();) {
    const double time = survival.times[order[first]];
    double deaths = 0.0;
    std::size_t next = first;
    for (; next < order.size() && survival.times[order[next]] == time; ++next) {
      const auto group = static_cast<arma::uword>(groups[order[next]]);
      at_risk(group) += 1.0;
      if (survival.events[order[next]] == 0) continue;
      tally.observed(group) += 1.0;
      deaths += 1.0;
    }
    if (deaths > 0.0) add_moment(tally, at_risk, deaths);
    first = next;
  }
  return tally;
}

void check_groups(const SurvivalTimes& survival, const std::vector<std::int32_t>& groups) {
  validate(survival);
  analysis::check_count(groups.size(), survival.times.size(), "the groups");
  const std::vector<std::size_t> counts =
      analysis::label_counts(groups, analysis::class_count(groups));
  if (counts.size() < 2) {
    throw Error(ErrorKind::input, "the log-rank test was given 1 group, and compares at least 2");
  }
  const auto empty = std::find(counts.begin(), counts.end(), std::size_t{0});
  if (empty != counts.end()) {
    throw Error(ErrorKind::input, "group " + std::to_string(empty - counts.begin()) +
                                      " of the log-rank test has no patient");
  }
}

LogRank without_result(LogRank result, const std::string& why) {
  result.chi_square = not_a_number;
  result.p = not_a_number;
  result.message = why;
  return result;
}

}  // namespace

LogRank log_rank_test(const SurvivalTimes& survival, const std::vector<std::int32_t>& groups) {
  check_groups(survival, groups);
  const SingleThreadedBlas single_threaded;
  const Tally tally = tally_of(survival, groups, analysis::class_count(groups));
  LogRank result;
  result.observed = arma::conv_to<std::vector<double>>::from(tally.observed);
  result.expected = arma::conv_to<std::vector<double>>::from(tally.expected);
  const arma::uvec exposed = arma::find(tally.expected > 0.0);
  if (exposed.n_elem == 0) return without_result(result, "no patient had the event");
  if (exposed.n_elem == 1) {
    return without_result(result, "only one group has patients at risk when events happen");
  }
  if (exposed.n_elem < tally.expected.n_elem) {
    result.message = "groups without a patient at risk when events happen are left out";
  }
  result.degrees_of_freedom = exposed.n_elem - 1;
  // The differences add up to 0, so that the last one says nothing new.
  const arma::uvec kept = exposed.head(exposed.n_elem - 1);
  const arma::vec difference = tally.observed(kept) - tally.expected(kept);
  arma::vec solved;
  if (!arma::solve(solved, tally.covariance(kept, kept), difference, arma::solve_opts::no_approx)) {
    return without_result(result, "the differences between the groups have no variance");
  }
  result.chi_square = arma::dot(difference, solved);
  result.p = chi_square_tail(result.chi_square, result.degrees_of_freedom);
  return result;
}

double chi_square_tail(double x, std::size_t degrees_of_freedom) {
  if (std::isnan(x) || degrees_of_freedom == 0) return not_a_number;
  if (x <= 0.0) return 1.0;
  // Q(k/2, y) = Q(k/2 - 1, y) + y^(k/2 - 1) e^-y / Gamma(k/2), from Q(1/2, y) = erfc(sqrt y) or
  // Q(1, y) = e^-y on: Abramowitz and Stegun, 26.4.4 and 26.4.5. All terms are positive.
  const double y = 0.5 * x;
  const bool odd = degrees_of_freedom % 2 == 1;
  double tail = odd ? std::erfc(std::sqrt(y)) : std::exp(-y);
  double half = odd ? 0.5 : 1.0;
  double log_term = half * std::log(y) - y - std::lgamma(half + 1.0);
  for (; 2.0 * half < static_cast<double>(degrees_of_freedom); half += 1.0) {
    tail += std::exp(log_term);
    log_term += std::log(y) - std::log(half + 1.0);
  }
  return std::min(tail, 1.0);
}

}  // namespace histo
