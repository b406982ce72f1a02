#include <algorithm>
#include <string>
#include <vector>

#include "histo/error.hpp"
#include "histo/probe.hpp"

#include "analysis/checks.hpp"
#include "core/random.hpp"

namespace histo {

namespace {

struct Place {
  double at;
  std::size_t label;
  std::size_t row;
};

std::vector<Place> places_of(const std::vector<std::int32_t>& labels, std::size_t classes,
                             std::uint64_t seed) {
  std::vector<std::vector<std::size_t>> rows(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    rows[static_cast<std::size_t>(labels[i])].push_back(i);
  }
  std::vector<Place> places;
  for (std::size_t c = 0; c < classes; ++c) {
    Random random(seed, c);
    std::vector<std::size_t>& of_class = rows[c];
    const std::size_t count = of_class.size();
    for (std::size_t j = 0; j < count; ++j) {
      std::swap(of_class[j], of_class[j + random.below(count - j)]);
      const double at = (static_cast<double>(j) + 0.5) / static_cast<double>(count);
      places.push_back({j == 0 ? -1.0 : at, c, of_class[j]});
    }
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.at < b.at || (a.at == b.at && a.label < b.label);
  });
  return places;
}

}  // namespace

std::vector<std::vector<std::size_t>> ladder_rows(const std::vector<std::int32_t>& labels,
                                                  std::size_t classes,
                                                  const std::vector<std::size_t>& sizes,
                                                  std::uint64_t seed) {
  const std::vector<std::size_t> counts = analysis::label_counts(labels, classes);
  const auto empty = std::find(counts.begin(), counts.end(), std::size_t{0});
  if (empty != counts.end()) {
    throw Error(ErrorKind::input,
                "class " + std::to_string(empty - counts.begin()) + " has no row to learn from");
  }
  const std::vector<Place> places = places_of(labels, classes, seed);
  std::vector<std::vector<std::size_t>> result;
  for (const std::size_t size : sizes) {
    if (size < classes || size > labels.size()) {
      throw Error(ErrorKind::usage, "a step of the ladder lies between the " +
                                        std::to_string(classes) + " classes and the " +
                                        std::to_string(labels.size()) + " rows, got " +
                                        std::to_string(size));
    }
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < size; ++i) rows.push_back(places[i].row);
    std::sort(rows.begin(), rows.end());
    result.push_back(std::move(rows));
  }
  return result;
}

}  // namespace histo
