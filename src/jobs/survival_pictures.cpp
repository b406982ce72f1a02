#include "jobs/survival_pictures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "histo/charts.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// More letters do not fit a chart's width.
constexpr std::size_t longest_remark = 60;
/// More curves have no room in a legend.
constexpr std::size_t most_curves = 5;

/// Pictures have the letters of ASCII alone, and little room for a name.
std::string label_of(const std::string& name, std::size_t longest) {
  std::string label;
  for (const char letter : name) label += letter >= ' ' && letter <= '~' ? letter : '?';
  if (label.size() > longest) label = label.substr(0, longest - 2) + "..";
  return label;
}

/// Up to `steps` steps of 1, 2 or 5 times a power of ten.
std::vector<double> round_times(double last, double steps) {
  if (!(last > 0.0)) return {0.0};
  const double least = last / steps;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  double step = 10.0 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= least) step = factor * power;
  }
  std::vector<double> times;
  for (int i = 0; i * step <= last; ++i) times.push_back(i * step);
  return times;
}

std::string at_risk_text(const CurveSet& set, const std::vector<double>& times) {
  std::string text = "at risk:";
  for (const NamedCurve& named : set.curves) {
    text += " " + label_of(named.name, 10);
    for (const double time : times) text += " " + std::to_string(named.at_risk(time));
    text += ";";
  }
  text.pop_back();
  return text;
}

Chart chart_of(const CurveSet& set, const std::string& time_name) {
  Chart chart;
  chart.title = set.title;
  chart.x_label = label_of(time_name, 40);
  chart.y_label = "share without the event";
  double last = 0.0;
  for (const NamedCurve& named : set.curves) {
    const SurvivalCurve& curve = named.curve;
    last = std::max(last, curve.last_time);
    ChartSeries series{label_of(named.name, 14) + ", " + std::to_string(named.patients),
                       {0.0},
                       {1.0},
                       ChartStyle::step};
    series.x.insert(series.x.end(), curve.times.begin(), curve.times.end());
    series.y.insert(series.y.end(), curve.survival.begin(), curve.survival.end());
    series.x.push_back(curve.last_time);
    series.y.push_back(series.y.back());
    if (chart.series.size() < most_curves) chart.series.push_back(std::move(series));
  }
  for (const double steps : {6.0, 4.0, 2.0}) {
    chart.x_ticks = round_times(last, steps);
    chart.remark = at_risk_text(set, chart.x_ticks);
    if (chart.remark.size() <= longest_remark) return chart;
  }
  chart.remark = "numbers at risk: km.csv";
  return chart;
}

ChartSeries benefit_of(const std::string& name, const std::vector<double>& thresholds,
                       const std::vector<double>& benefits, double least) {
  ChartSeries series{name, thresholds, benefits, ChartStyle::line};
  // Acting on everybody falls without bound, and would flatten what matters.
  for (double& benefit : series.y) {
    if (benefit < least) benefit = nan;
  }
  return series;
}

/// Columns by the size of their coefficients at the penalty chosen, then at the least one.
std::vector<std::size_t> largest_columns(const std::vector<CoxFit>& path, const CoxRecipe& recipe) {
  const std::vector<double>& last = path.back().model.coefficients;
  std::vector<std::size_t> order(last.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto size = [](const std::vector<double>& values, std::size_t j) {
    return j < values.size() ? std::abs(values[j]) : 0.0;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const double first = size(recipe.lasso, a);
    const double second = size(recipe.lasso, b);
    return first != second ? first > second : size(last, a) > size(last, b);
  });
  if (order.size() > most_curves) order.resize(most_curves);
  return order;
}

std::string short_name(const std::string& column) {
  const std::size_t sign = column.rfind('=');
  return label_of(sign == std::string::npos ? column : column.substr(sign + 1), 9);
}

Chart coefficient_chart(const std::vector<CoxFit>& path, const CoxRecipe& recipe,
                        const Cohort& cohort, const std::vector<double>& penalties) {
  Chart chart;
  const std::vector<std::size_t> columns = largest_columns(path, recipe);
  chart.title = "Coefficients of the lasso";
  chart.remark = std::to_string(columns.size()) + " of " +
                 count_of(cohort.cluster_names.size(), "column") + ", the largest at " +
                 short_number(recipe.penalty);
  chart.x_label = "penalty";
  chart.x_scale = ChartScale::logarithmic;
  for (const std::size_t j : columns) {
    ChartSeries series{short_name(cohort.cluster_names[j]), penalties, {}, ChartStyle::line};
    series.y.reserve(path.size());
    for (const CoxFit& fit : path) series.y.push_back(fit.model.coefficients[j]);
    chart.series.push_back(std::move(series));
  }
  return chart;
}

}  // namespace

Image curve_picture(const std::vector<CurveSet>& sets, const std::string& time_name) {
  std::vector<Chart> charts;
  for (const CurveSet& set : sets) charts.push_back(chart_of(set, time_name));
  return chart_picture("", charts);
}

Image decision_picture(const std::vector<NamedDecision>& decisions, double horizon,
                       const std::string& time_name) {
  std::vector<Chart> charts;
  for (const NamedDecision& decision : decisions) {
    const std::vector<double>& thresholds = decision.all.thresholds;
    double most = 0.0;
    for (const double benefit : decision.all.net_benefit) {
      if (std::isfinite(benefit)) most = std::max(most, benefit);
    }
    const double least = -0.25 * std::max(most, 0.02);
    Chart chart;
    chart.title = "Decision curve, " + decision.evaluation;
    chart.remark = "event by " + short_number(horizon) + " (" + label_of(time_name, 20) +
                   "); acting on nobody: 0";
    chart.x_label = "risk from which one acts";
    chart.y_label = "net benefit";
    chart.series.push_back(
        benefit_of("with clusters", thresholds, decision.all.net_benefit, least));
    if (decision.clinical) {
      chart.series.push_back(
          benefit_of("clinical alone", thresholds, decision.clinical->net_benefit, least));
    }
    chart.series.push_back(benefit_of("everybody", thresholds, decision.all.treat_all, least));
    charts.push_back(std::move(chart));
  }
  return chart_picture("", charts);
}

Image path_picture(const std::vector<CoxFit>& path, const CoxRecipe& recipe, const Cohort& cohort) {
  std::vector<double> penalties;
  std::vector<double> kept;
  for (const CoxFit& fit : path) {
    penalties.push_back(fit.penalty);
    const std::vector<double>& all = fit.model.coefficients;
    kept.push_back(static_cast<double>(all.size()) -
                   static_cast<double>(std::count(all.begin(), all.end(), 0.0)));
  }
  std::vector<Chart> charts{coefficient_chart(path, recipe, cohort, penalties)};
  Chart number_kept;
  number_kept.title = "Columns kept";
  number_kept.remark = count_of(recipe.kept.size(), "column") + " at the penalty taken, " +
                       short_number(recipe.penalty);
  number_kept.x_label = "penalty";
  number_kept.x_scale = ChartScale::logarithmic;
  number_kept.series.push_back({"kept", penalties, kept, ChartStyle::line});
  charts.push_back(std::move(number_kept));
  if (recipe.validation) {
    Chart gain;
    gain.title = "Held-out gain of log likelihood";
    gain.remark = "best at " + short_number(penalties[recipe.validation->best]) +
                  ", sparsest within its error at " +
                  short_number(penalties[recipe.validation->sparsest]);
    gain.x_label = "penalty";
    gain.x_scale = ChartScale::logarithmic;
    gain.series.push_back({"gain", penalties, recipe.validation->held_out_gain, ChartStyle::line});
    charts.push_back(std::move(gain));
  }
  return chart_picture("", charts);
}

}  // namespace histo
