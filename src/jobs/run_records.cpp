#include "jobs/run_records.hpp"

#include <algorithm>

namespace histo {

namespace {

/// Whether the line tells nothing new: a slide that is skipped is done, by whom the line before
/// tells; and one that its run did not come to is as it was.
bool says_nothing(const SlideOutcome& outcome, const SlideOutcome& before) {
  if (outcome.outcome == Outcome::skipped) return before.outcome == Outcome::done;
  return outcome.outcome == Outcome::interrupted && outcome.seconds == 0.0;
}

/// The next line about a slide, in the order of time.
void take(const RunSlide& slide, const RunHistory& run, LastWord& last) {
  if (slide.outcome.outcome == Outcome::failed) ++last.failures;
  if (last.slide != nullptr && says_nothing(slide.outcome, last.slide->outcome)) return;
  last.slide = &slide;
  last.run = &run;
}

}  // namespace

std::map<std::string, LastWord> last_words(const std::vector<const RunHistory*>& runs) {
  // In the order of the times, whatever process they are from.
  std::vector<std::pair<const RunSlide*, const RunHistory*>> lines;
  for (const RunHistory* const run : runs) {
    for (const RunSlide& slide : run->slides) lines.emplace_back(&slide, run);
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.first->time < b.first->time; });
  std::map<std::string, LastWord> last;
  for (const auto& [slide, run] : lines) take(*slide, *run, last[slide->folder]);
  return last;
}

std::set<std::string> last_failed(const std::filesystem::path& output, const std::string& verb) {
  const RunHistories histories = read_run_logs(output);
  std::vector<const RunHistory*> runs;
  for (const RunHistory& run : histories.runs) {
    if (run.begin.verb == verb) runs.push_back(&run);
  }
  std::set<std::string> names;
  for (const auto& [name, last] : last_words(runs)) {
    if (last.slide->outcome.outcome == Outcome::failed) names.insert(name);
  }
  return names;
}

}  // namespace histo
