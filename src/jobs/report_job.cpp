#include "histo/report_job.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "histo/error.hpp"

#include "core/clock.hpp"
#include "core/process.hpp"
#include "jobs/run_records.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

using Runs = std::vector<const RunHistory*>;
using Clock = std::chrono::system_clock;

/// Options that may differ between the processes of one job without any doubt about its outputs:
/// how a process works and speaks, and which slides it is given, which the manifest tells.
const std::set<std::string> options_without_doubt = {
    "--input",      "--input-list", "--shard",       "--num-workers",  "--overwrite",
    "--unfinished", "--dry-run",    "--stale-after", "--max-failures", "--retry-failed",
    "--stage",      "--stage-size", "--device",      "--use-cpu",      "--batch-size",
    "--memory",     "--quiet",      "--verbose",     "--progress",     "--color",
    "--log-file",   "--models-dir"};

double seconds_between(const std::string& first, const std::string& last) {
  const auto from = parse_utc(first);
  const auto to = parse_utc(last);
  if (!from || !to) return 0.0;
  return std::max(0.0, std::chrono::duration<double>(*to - *from).count());
}

Ending ending_of(const RunHistory& run) {
  if (run.end) {
    if (run.end->ending == RunEnding::interrupted) return Ending::interrupted;
    return run.end->ending == RunEnding::done ? Ending::done : Ending::error;
  }
  switch (life_of(run.begin.process)) {
    case Life::alive:
      return Ending::running;
    case Life::gone:
      return Ending::killed;
    case Life::unknown:
      return Ending::silent;
  }
  throw Error(ErrorKind::internal, "a process has no such life");
}

ReportedProcess process_of(const RunHistory& run, Clock::time_point now) {
  ReportedProcess process;
  process.host = run.begin.process.host;
  process.pid = run.begin.process.pid;
  process.job = run.begin.job;
  process.shard = run.begin.shard;
  process.manifest = run.begin.manifest;
  process.ending = ending_of(run);
  process.begun = run.begin.time;
  process.last = run.last;
  process.silence = run.end ? 0.0 : seconds_between(run.last, utc(now));
  process.seconds = seconds_between(run.begin.time, run.last);
  process.peak_memory = run.end ? run.end->peak_memory : 0;
  for (const RunSlide& slide : run.slides) process.tiles += slide.outcome.tiles;
  process.threads = run.begin.threads;
  process.device = run.device;
  return process;
}

ReportedSlide slide_of(const std::string& name, const LastWord& last) {
  const SlideOutcome& outcome = last.slide->outcome;
  ReportedSlide slide;
  slide.name = name;
  slide.input = outcome.slide;
  slide.outcome = outcome.outcome;
  slide.reason = outcome.reason;
  slide.failures = last.failures;
  slide.tiles = outcome.tiles;
  slide.seconds = outcome.seconds;
  slide.host = last.run->begin.process.host;
  slide.job = last.run->begin.job;
  slide.time = last.slide->time;
  return slide;
}

/// The seconds that at least one of the spans covers.
double covered(std::vector<std::pair<std::string, std::string>> spans) {
  std::sort(spans.begin(), spans.end());
  double sum = 0.0;
  std::string end;
  for (const auto& [first, last] : spans) {
    if (last <= end) continue;
    sum += seconds_between(std::max(first, end), last);
    end = last;
  }
  return sum;
}

/// Each value once, in the order in which they came, with the number of runs that have it.
template <class ValueOf>
std::vector<std::pair<std::string, std::size_t>> counts_of(const Runs& runs,
                                                           const ValueOf& value_of) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  for (const RunHistory* const run : runs) {
    const std::string value = value_of(*run);
    const auto found = std::find_if(counts.begin(), counts.end(),
                                    [&value](const auto& each) { return each.first == value; });
    if (found == counts.end()) {
      counts.emplace_back(value, 1);
    } else {
      ++found->second;
    }
  }
  return counts;
}

/// A sentence where the runs differ.
template <class ValueOf>
void doubt_if_several(const Runs& runs, const std::string& what, const ValueOf& value_of,
                      std::vector<std::string>& doubts) {
  const auto counts = counts_of(runs, value_of);
  if (counts.size() < 2) return;
  std::string sentence = what + " differs between the processes:";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto& [value, count] = counts[i];
    sentence += (i == 0 ? " " : ", ") + (value.empty() ? "none" : value) + " (" +
                std::to_string(count) + ")";
  }
  doubts.push_back(sentence);
}

std::string version_of(const RunHistory& run) {
  return run.begin.version + " (" + run.begin.git + ")";
}

std::vector<std::string> doubts_of(const Runs& runs) {
  std::vector<std::string> doubts;
  doubt_if_several(runs, "the version", version_of, doubts);
  doubt_if_several(
      runs, "the set of slides (manifest)",
      [](const RunHistory& run) { return run.begin.manifest; }, doubts);
  std::vector<std::string> names;
  for (const RunHistory* const run : runs) {
    for (const auto& [name, value] : run->begin.options) {
      const bool is_new = std::find(names.begin(), names.end(), name) == names.end();
      if (is_new && options_without_doubt.count(name) == 0) names.push_back(name);
    }
  }
  for (const std::string& name : names) {
    doubt_if_several(
        runs, name,
        [&name](const RunHistory& run) {
          for (const auto& [other, value] : run.begin.options) {
            if (other == name) return value;
          }
          return std::string();
        },
        doubts);
  }
  return doubts;
}

/// Which shards of the newest process's job have been heard of, and to their ends.
void count_shards(const Runs& runs, ReportedStep& step) {
  const RunBegin& newest = runs.back()->begin;
  step.manifest = newest.manifest;
  step.shards = newest.shard.count;
  std::set<std::size_t> present;
  std::set<std::size_t> finished;
  for (const RunHistory* const run : runs) {
    const RunBegin& begin = run->begin;
    if (begin.manifest != newest.manifest || begin.shard.count != newest.shard.count) continue;
    present.insert(begin.shard.index);
    if (run->end && run->end->ending == RunEnding::done) finished.insert(begin.shard.index);
  }
  for (std::size_t shard = 0; shard < step.shards; ++shard) {
    if (present.count(shard) == 0) {
      step.missing.push_back(shard);
    } else if (finished.count(shard) == 0) {
      step.unfinished.push_back(shard);
    }
  }
}

std::vector<std::pair<std::string, std::size_t>> warnings_of(const Runs& runs) {
  std::map<std::string, std::size_t> counts;
  for (const RunHistory* const run : runs) {
    for (const std::string& warning : run->warnings) ++counts[warning];
  }
  std::vector<std::pair<std::string, std::size_t>> warnings(counts.begin(), counts.end());
  std::stable_sort(warnings.begin(), warnings.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return warnings;
}

ReportedStep step_of(const std::string& verb, const Runs& runs, Clock::time_point now) {
  ReportedStep step;
  step.verb = verb;
  for (const auto& [name, last] : last_words(runs)) step.slides.push_back(slide_of(name, last));
  std::vector<std::pair<std::string, std::string>> spans;
  for (const RunHistory* const run : runs) {
    step.processes.push_back(process_of(*run, now));
    step.tiles += step.processes.back().tiles;
    step.process_seconds += step.processes.back().seconds;
    spans.emplace_back(run->begin.time, run->last);
  }
  step.wall_seconds = covered(std::move(spans));
  count_shards(runs, step);
  for (const auto& [version, count] : counts_of(runs, version_of)) step.versions.push_back(version);
  step.doubts = doubts_of(runs);
  step.warnings = warnings_of(runs);
  return step;
}

}  // namespace

std::size_t ReportedStep::count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(slides.begin(), slides.end(),
                    [outcome](const ReportedSlide& slide) { return slide.outcome == outcome; }));
}

bool ReportedStep::is_complete() const {
  return missing.empty() && unfinished.empty() && count(Outcome::failed) == 0 &&
         count(Outcome::interrupted) == 0;
}

bool JobReport::is_complete() const {
  return !steps.empty() && std::all_of(steps.begin(), steps.end(),
                                       [](const ReportedStep& step) { return step.is_complete(); });
}

JobReport report_job(const std::filesystem::path& output) {
  const RunHistories histories = read_run_logs(output);
  if (histories.runs.empty() && histories.damage.empty()) {
    throw Error(ErrorKind::input, runs_folder(output).string() +
                                      ": no records; every run on this folder leaves one there");
  }
  JobReport report;
  report.output = output;
  report.damage = histories.damage;
  std::vector<std::pair<std::string, Runs>> steps;
  for (const RunHistory& run : histories.runs) {
    const auto found = std::find_if(steps.begin(), steps.end(), [&run](const auto& step) {
      return step.first == run.begin.verb;
    });
    if (found == steps.end()) {
      steps.emplace_back(run.begin.verb, Runs{&run});
    } else {
      found->second.push_back(&run);
    }
  }
  const Clock::time_point now = Clock::now();
  for (const auto& [verb, runs] : steps) report.steps.push_back(step_of(verb, runs, now));
  return report;
}

}  // namespace histo
