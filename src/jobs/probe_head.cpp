#include "jobs/probe_head.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "histo/error.hpp"
#include "histo/group_folds.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

constexpr std::size_t inner_folds = 4;

/// Some rows of a lesson, copied.
struct Part {
  std::vector<float> features;
  Lesson lesson;

  Part(const Lesson& whole, const std::vector<std::size_t>& rows) {
    const std::size_t dim = whole.features.columns;
    features.reserve(rows.size() * dim);
    for (const std::size_t row : rows) {
      const float* const from = whole.features.row(row);
      features.insert(features.end(), from, from + dim);
      lesson.labels.push_back(whole.labels[row]);
      lesson.groups.push_back(whole.groups[row]);
    }
    lesson.classes = whole.classes;
    lesson.features = {features.data(), rows.size(), dim};
  }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
};

struct InnerSplit {
  std::vector<std::size_t> learnt_from;
  std::vector<std::size_t> validated_on;
};

bool has_all_classes(const Lesson& lesson, const std::vector<std::size_t>& rows) {
  std::set<std::int32_t> found;
  for (const std::size_t row : rows) found.insert(lesson.labels[row]);
  return found.size() == lesson.classes;
}

/// The first of a few folds of groups without which every class is still there.
InnerSplit inner_split(const Lesson& lesson, std::uint64_t seed) {
  const std::string help = "; --cost takes a number, and --split can name tiles for 'validation'";
  const std::size_t groups =
      std::set<std::int32_t>(lesson.groups.begin(), lesson.groups.end()).size();
  if (groups < 2) {
    throw Error(ErrorKind::input,
                "--cost grid: all tiles to learn from are of one group (patient), so that none "
                "can be held out to choose the cost by" +
                    help);
  }
  const std::size_t count = std::min(inner_folds, groups);
  const std::vector<std::int32_t> folds =
      group_folds(lesson.groups, lesson.labels, lesson.classes, count, seed);
  for (std::size_t f = 0; f < count; ++f) {
    InnerSplit split;
    for (std::size_t row = 0; row < folds.size(); ++row) {
      const bool held_out = folds[row] == static_cast<std::int32_t>(f);
      (held_out ? split.validated_on : split.learnt_from).push_back(row);
    }
    if (has_all_classes(lesson, split.learnt_from)) return split;
  }
  throw Error(ErrorKind::input,
              "--cost grid: no groups (patients) can be held out to choose the cost by without "
              "losing a class" +
                  help);
}

ProbeSearch search_on(const Lesson& lesson, const Lesson& validation,
                      const std::vector<double>& costs, const ProbeOptions& options) {
  return search_cost(lesson.features, lesson.labels, validation.features, validation.labels,
                     lesson.classes, costs, options);
}

CostChoice choice_of(const ProbeSearch& search, const Lesson& lesson, const Lesson& validation) {
  return {search.costs, search.log_losses, lesson.labels.size(), validation.labels.size()};
}

/// Throws Error(input) where shapes do not fit.
void check_shapes(const Probe& probe, const Fitted& fitted) {
  const std::size_t outputs = probe.classes == 2 ? 1 : probe.classes;
  const std::size_t columns = probe.coefficients.columns;
  const bool fits = probe.classes >= 2 && probe.coefficients.rows == outputs &&
                    probe.intercepts.size() == outputs && probe.mean.size() == probe.scale.size() &&
                    (probe.mean.empty() || probe.mean.size() == columns);
  if (fits) return;
  throw Error(ErrorKind::input, fitted.source +
                                    ": classes, coefficients, intercepts, mean and scale do not "
                                    "have sizes that go together");
}

}  // namespace

Answers LinearHead::answer(const FloatMatrixView& rows) const {
  Answers answers;
  answers.probabilities = probe_probabilities(probe_, rows);
  answers.labels = largest_classes(answers.probabilities);
  return answers;
}

void LinearHead::save(Fitted& fitted) const {
  fitted.numbers["coefficients"] = probe_.coefficients;
  fitted.numbers["intercepts"] = row_of(probe_.intercepts);
  fitted.numbers["cost"] = row_of(probe_.cost);
  if (probe_.scale.empty()) return;
  fitted.numbers["mean"] = row_of(probe_.mean);
  fitted.numbers["scale"] = row_of(probe_.scale);
}

Json LinearHead::findings() const {
  Json findings = {{"cost", probe_.cost},
                   {"objective", probe_.objective},
                   {"gradient", probe_.gradient},
                   {"iterations", probe_.iterations},
                   {"converged", probe_.converged}};
  if (choice_.costs.empty()) return findings;
  Json grid = Json::array();
  for (std::size_t i = 0; i < choice_.costs.size(); ++i) {
    grid.push_back({{"cost", choice_.costs[i]}, {"log_loss", choice_.log_losses[i]}});
  }
  findings["cost_search"] = {{"learnt_from_tiles", choice_.learnt_from},
                             {"validated_on_tiles", choice_.validated_on},
                             {"grid", std::move(grid)}};
  return findings;
}

std::vector<std::string> LinearHead::messages() const {
  std::vector<std::string> messages;
  if (!probe_.converged && !probe_.message.empty()) {
    messages.push_back(probe_.message + "; --max-iter allows more of them");
  }
  if (choice_.costs.size() > 1) {
    const bool is_least = probe_.cost == choice_.costs.front();
    if (is_least || probe_.cost == choice_.costs.back()) {
      messages.push_back("the cost chosen, " + number(probe_.cost) + ", is the " +
                         (is_least ? "least" : "largest") + " of the grid");
    }
  }
  return messages;
}

std::unique_ptr<Classifier> ProbeMethod::learn(const Lesson& lesson,
                                               const Lesson* validation) const {
  ProbeOptions fit = probe_options(options_);
  if (options_.costs.empty()) {
    return std::make_unique<LinearHead>(
        fit_probe(lesson.features, lesson.labels, lesson.classes, fit));
  }
  if (validation != nullptr) {
    ProbeSearch search = search_on(lesson, *validation, options_.costs, fit);
    CostChoice choice = choice_of(search, lesson, *validation);
    return std::make_unique<LinearHead>(std::move(search.best), std::move(choice));
  }
  const InnerSplit split = inner_split(lesson, options_.common.seed);
  const Part inner(lesson, split.learnt_from);
  const Part held_out(lesson, split.validated_on);
  const ProbeSearch search = search_on(inner.lesson, held_out.lesson, options_.costs, fit);
  fit.cost = search.best.cost;
  return std::make_unique<LinearHead>(
      fit_probe(lesson.features, lesson.labels, lesson.classes, fit),
      choice_of(search, inner.lesson, held_out.lesson));
}

std::unique_ptr<Classifier> ProbeMethod::load(Fitted fitted) const {
  Probe probe;
  probe.classes = fitted.list("classes").size();
  probe.coefficients = fitted.matrix("coefficients");
  probe.intercepts = fitted.vector("intercepts");
  probe.cost = fitted.number("cost");
  if (fitted.numbers.count("scale") > 0) {
    probe.mean = fitted.vector("mean");
    probe.scale = fitted.vector("scale");
  }
  probe.converged = true;
  check_shapes(probe, fitted);
  return std::make_unique<LinearHead>(std::move(probe));
}

ProbeOptions probe_options(const ProbeJobOptions& options) {
  ProbeOptions probe = options.probe;
  probe.threads = options.common.threads;
  return probe;
}

}  // namespace histo
