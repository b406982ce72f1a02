#include "histo/group_folds.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "core/random.hpp"

namespace histo {

namespace {

struct Group {
  std::vector<std::size_t> rows;
  std::vector<std::size_t> of_class;
};

struct Fold {
  std::size_t rows = 0;
  std::vector<std::size_t> of_class;
};

std::vector<Group> groups_of(const std::vector<std::int32_t>& groups,
                             const std::vector<std::int32_t>& labels, std::size_t classes,
                             std::uint64_t seed) {
  std::map<std::int32_t, Group> known;
  for (std::size_t row = 0; row < groups.size(); ++row) {
    if (groups[row] < 0) {
      throw Error(ErrorKind::input, "the group of row " + std::to_string(row) + " is " +
                                        std::to_string(groups[row]) + ", below 0");
    }
    Group& group = known[groups[row]];
    group.of_class.resize(classes);
    group.rows.push_back(row);
    ++group.of_class[static_cast<std::size_t>(labels[row])];
  }
  std::vector<Group> result;
  for (auto& [name, group] : known) result.push_back(std::move(group));
  Random random(seed, 0);
  for (std::size_t i = result.size(); i > 1; --i) std::swap(result[i - 1], result[random.below(i)]);
  std::stable_sort(result.begin(), result.end(),
                   [](const Group& a, const Group& b) { return a.rows.size() > b.rows.size(); });
  return result;
}

/// How much the fold's sum of squares would grow.
double growth(const Fold& fold, const Group& group, const std::vector<std::size_t>& totals) {
  double sum = 0.0;
  for (std::size_t c = 0; c < totals.size(); ++c) {
    if (totals[c] == 0) continue;
    const auto total = static_cast<double>(totals[c]);
    const double before = static_cast<double>(fold.of_class[c]) / total;
    const double after = static_cast<double>(fold.of_class[c] + group.of_class[c]) / total;
    sum += after * after - before * before;
  }
  return sum;
}

std::size_t best_fold(const std::vector<Fold>& folds, const Group& group,
                      const std::vector<std::size_t>& totals) {
  std::size_t best = 0;
  double least = growth(folds[0], group, totals);
  for (std::size_t f = 1; f < folds.size(); ++f) {
    const double now = growth(folds[f], group, totals);
    if (now > least || (now == least && folds[f].rows >= folds[best].rows)) continue;
    least = now;
    best = f;
  }
  return best;
}

}  // namespace

std::vector<std::int32_t> group_folds(const std::vector<std::int32_t>& groups,
                                      const std::vector<std::int32_t>& labels, std::size_t classes,
                                      std::size_t folds, std::uint64_t seed) {
  if (folds < 2) {
    throw Error(ErrorKind::usage,
                "the number of folds must be at least 2, got " + std::to_string(folds));
  }
  analysis::check_count(labels.size(), groups.size(), "the labels");
  const std::vector<std::size_t> totals = analysis::label_counts(labels, classes);
  const std::vector<Group> all = groups_of(groups, labels, classes, seed);
  if (all.size() < folds) {
    throw Error(ErrorKind::input, "there are " + std::to_string(all.size()) +
                                      " groups (patients), too few for " + std::to_string(folds) +
                                      " folds");
  }
  std::vector<Fold> made(folds, Fold{0, std::vector<std::size_t>(classes)});
  std::vector<std::int32_t> result(groups.size());
  for (const Group& group : all) {
    const std::size_t best = best_fold(made, group, totals);
    made[best].rows += group.rows.size();
    for (std::size_t c = 0; c < classes; ++c) made[best].of_class[c] += group.of_class[c];
    for (const std::size_t row : group.rows) result[row] = static_cast<std::int32_t>(best);
  }
  return result;
}

void refuse_leak(const std::vector<std::string>& learnt_from,
                 const std::vector<std::string>& tried_on) {
  const std::set<std::string> known(learnt_from.begin(), learnt_from.end());
  std::set<std::string> common;
  for (const std::string& name : tried_on) {
    if (known.count(name) > 0) common.insert(name);
  }
  if (common.empty()) return;
  std::string sentence = "the group (patient) " + *common.begin();
  if (common.size() > 1) sentence += " and " + std::to_string(common.size() - 1) + " more";
  throw Error(ErrorKind::input, sentence +
                                    " would be both learnt from and tried on, which makes results "
                                    "better than they are");
}

}  // namespace histo
