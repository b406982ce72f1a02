/// What the room `analysis` makes of a table of patients, for tests/parity/analysis_survival.py:
/// each figure is a line, its name and its numbers. The table's columns are time, event, group from
/// 0 and then covariates, below a header.

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "histo/cox.hpp"
#include "histo/error.hpp"
#include "histo/survival.hpp"

using namespace histo;

namespace {

struct Table {
  SurvivalTimes survival;
  std::vector<std::int32_t> groups;
  DoubleMatrix covariates;
};

Table read(const char* name) {
  std::ifstream file(name);
  std::string line;
  std::getline(file, line);
  Table table;
  while (std::getline(file, line)) {
    std::vector<double> row;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(std::stod(cell));
    table.survival.times.push_back(row.at(0));
    table.survival.events.push_back(static_cast<std::uint8_t>(row.at(1)));
    table.groups.push_back(static_cast<std::int32_t>(row.at(2)));
    table.covariates.columns = row.size() - 3;
    ++table.covariates.rows;
    table.covariates.values.insert(table.covariates.values.end(), row.begin() + 3, row.end());
  }
  return table;
}

void show(const std::string& name, const std::vector<double>& values) {
  std::printf("%s", name.c_str());
  for (const double value : values) std::printf(" %.17g", value);
  std::puts("");
}

void show_curve(const Table& table) {
  const SurvivalCurve curve = kaplan_meier(table.survival);
  show("km_times", curve.times);
  show("km", curve.survival);
  show("km_lower", curve.lower);
  show("km_upper", curve.upper);
  show("km_median", {curve.median});
  const LogRank test = log_rank_test(table.survival, table.groups);
  show("log_rank", {test.chi_square, test.p});
}

void show_fit(const Table& table, Ties ties, const std::string& name) {
  CoxOptions options;
  options.ties = ties;
  const CoxFit fit = fit_cox(table.survival, table.covariates.view(), options);
  show(name + "_b", fit.model.coefficients);
  show(name + "_se", fit.standard_errors);
  show(name + "_p", fit.p);
  show(name + "_ll", {fit.log_likelihood, fit.null_log_likelihood});
  show(name + "_lr_p", {fit.likelihood_ratio_p});
  show(name + "_hazard_times", fit.model.times);
  show(name + "_hazards", fit.model.hazards);
  const std::vector<double> risks = log_risks(fit.model, table.covariates.view());
  const double horizon = median(table.survival.times);
  show(name + "_c", {concordance(table.survival, risks).index});
  show(name + "_horizon", {horizon});
  show(name + "_risks", event_risks(fit.model, table.covariates.view(), horizon));
}

void show_penalised(const Table& table) {
  CoxOptions options;
  for (const char* penalty : {"0.1", "0.01"}) {
    options.penalty = std::stod(penalty);
    show(std::string("ridge_") + penalty,
         fit_cox(table.survival, table.covariates.view(), options).model.coefficients);
  }
  CoxPathOptions path;
  path.ties = options.ties = Ties::breslow;
  const double most = largest_penalty(table.survival, table.covariates.view(), path);
  show("largest_penalty", {most});
  for (const char* part : {"0.5", "0.1"}) {
    for (const char* l1_ratio : {"1", "0.5"}) {
      options.penalty = std::stod(part) * most;
      options.l1_ratio = std::stod(l1_ratio);
      show(std::string("net_") + l1_ratio + "_" + part,
           fit_cox(table.survival, table.covariates.view(), options).model.coefficients);
    }
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count != 2) throw Error(ErrorKind::usage, "names one table");
    const Table table = read(words[1]);
    show_curve(table);
    show_fit(table, Ties::efron, "efron");
    show_fit(table, Ties::breslow, "breslow");
    show_penalised(table);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
