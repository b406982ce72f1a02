#include "analysis/event_times.hpp"

#include <algorithm>
#include <numeric>

namespace histo::analysis {

std::vector<std::size_t> longest_first(const SurvivalTimes& survival) {
  std::vector<std::size_t> order(survival.times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return survival.times[a] > survival.times[b];
  });
  return order;
}

std::vector<EventTime> event_times(const SurvivalTimes& survival) {
  const std::vector<std::size_t> order = longest_first(survival);
  std::vector<EventTime> moments;
  for (std::size_t first = 0; first < order.size();) {
    EventTime moment{survival.times[order[first]], 0, 0};
    std::size_t next = first;
    for (; next < order.size() && survival.times[order[next]] == moment.time; ++next) {
      moment.events += survival.events[order[next]];
    }
    moment.at_risk = next;
    if (moment.events > 0) moments.push_back(moment);
    first = next;
  }
  std::reverse(moments.begin(), moments.end());
  return moments;
}

}  // namespace histo::analysis
