#pragma once
/// Rows to learn from and rows to be tried on, so that no patient is in both.
///
/// Thread rule: pure functions; any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace histo {

/// The fold, 0 .. folds - 1, of each row: all rows of a group lie in one, and the folds' shares of
/// each class are made alike. Groups go from the one with the most rows to the one with the fewest,
/// equal ones in the seed's order, each to the fold that then has the least sum over the classes of
/// (its rows of the class / all of the class)^2, of equal ones the one with fewer rows, then the
/// first. `groups`: 0 or more of each row; `labels`: 0 .. classes - 1. Throws Error(usage) for
/// fewer than two folds; Error(input) for fewer groups than folds, no rows, a group below 0 and
/// labels that do not fit.
std::vector<std::int32_t> group_folds(const std::vector<std::int32_t>& groups,
                                      const std::vector<std::int32_t>& labels, std::size_t classes,
                                      std::size_t folds, std::uint64_t seed);

/// Throws Error(input) naming a group (patient) that is in both, and how many more are.
void refuse_leak(const std::vector<std::string>& learnt_from,
                 const std::vector<std::string>& tried_on);

}  // namespace histo
