#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "histo/charts.hpp"
#include "histo/error.hpp"

namespace histo {

namespace {

/// One quality and what to look for in it.
struct Quality {
  std::string name;
  std::string title;
  std::string remark;
  const std::vector<double>* values = nullptr;
};

bool has_values(const Quality& quality) {
  return std::any_of(quality.values->begin(), quality.values->end(),
                     [](double value) { return std::isfinite(value); });
}

std::vector<Quality> qualities_of(const ChoiceOfK& choice) {
  return {{"inertia", "Inertia: lower is better", "falls with every k; look for a bend",
           &choice.inertia},
          {"silhouette", "Silhouette: higher is better", "-1 to 1; how far apart clusters are",
           &choice.silhouette},
          {"calinski_harabasz", "Calinski-Harabasz: higher is better",
           "spread between clusters over spread within", &choice.calinski_harabasz},
          {"davies_bouldin", "Davies-Bouldin: lower is better",
           "from 0; how much neighbouring clusters overlap", &choice.davies_bouldin},
          {"stability", "Stability: higher is better",
           "adjusted Rand index between runs; 1: all agree", &choice.stability}};
}

}  // namespace

Image choice_of_k_picture(const ChoiceOfK& choice) {
  const std::vector<double> k(choice.k.begin(), choice.k.end());
  // From 2 to 10 each k is a step of its own; from 8 to 128 each doubling is.
  const bool is_wide = !k.empty() && k.back() >= 8.0 * k.front();
  std::vector<Chart> charts;
  for (const Quality& quality : qualities_of(choice)) {
    if (!quality.values->empty() && quality.values->size() != k.size()) {
      throw Error(ErrorKind::internal,
                  "choice_of_k_picture was given " + std::to_string(quality.values->size()) +
                      " values of " + quality.name + " for " + std::to_string(k.size()) + " k");
    }
    if (!has_values(quality)) continue;
    Chart chart;
    chart.title = quality.title;
    chart.remark = quality.remark;
    chart.x_label = "k, number of clusters";
    chart.series.push_back({quality.name, k, *quality.values, ChartStyle::points});
    chart.x_scale = is_wide ? ChartScale::logarithmic : ChartScale::linear;
    chart.x_ticks = std::vector<double>(k);
    charts.push_back(std::move(chart));
  }
  const std::string remark = choice.remark.empty() ? "" : " (" + choice.remark + ")";
  return chart_picture("Which k?" + remark, charts);
}

}  // namespace histo
