#include "jobs/report.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "histo/version.hpp"

#include "core/clock.hpp"
#include "core/cpu.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"

namespace histo {

namespace {

/// "2026-11-21T16:57:00Z".
std::string utc_seconds(std::chrono::system_clock::time_point when) {
  const std::string text = utc(when);
  return text.substr(0, text.find('.')) + "Z";
}

SlideOutcome outcome_of(const SlideReport& slide) {
  return {slide.input.string(), slide.outcome, slide.reason, slide.tiles, slide.seconds};
}

}  // namespace

std::size_t RunReport::count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(slides.begin(), slides.end(),
                    [outcome](const SlideReport& slide) { return slide.outcome == outcome; }));
}

std::size_t RunReport::tiles() const {
  std::size_t sum = 0;
  for (const SlideReport& slide : slides) sum += slide.tiles;
  return sum;
}

std::size_t default_threads() { return usable_cpus(); }

std::size_t default_memory() { return usable_memory(); }

std::size_t peak_memory_bytes() { return peak_memory(); }

void Recorder::take_plan(const std::vector<PlannedSlide>& plan) {
  for (const PlannedSlide& slide : plan) {
    if (slide.action == Action::refuse) failed(slide.input, slide.reason, 0.0);
    if (slide.action == Action::skip) skipped(slide.input, slide.reason);
  }
}

Recorder::~Recorder() {
  if (!has_begun_) return;
  const std::chrono::duration<double> seconds = std::chrono::system_clock::now() - begin_;
  log([&](RunLog& log) { log.end(RunEnding::error, seconds.count(), peak_memory()); });
}

void Recorder::begin(const RunStart& start, const std::vector<PlannedSlide>& plan) {
  has_begun_ = true;
  output_ = start.output;
  info_ = start.info;
  for (const PlannedSlide& slide : plan) {
    folders_[slide.input] = slide.folder.filename().string();
  }
  RunBegin begin;
  begin.verb = start.verb;
  begin.version = version();
  begin.git = git_description();
  begin.command_line = info_.command_line;
  begin.options = info_.options;
  begin.process = this_process();
  begin.job = info_.job;
  begin.restarts = info_.restarts;
  begin.shard = report_.shard;
  begin.manifest = report_.manifest;
  begin.slides = planned_ = plan.size();
  begin.threads = start.threads;
  try {
    log_ = std::make_unique<RunLog>(output_, begin);
  } catch (const Error& error) {
    tell_of_failure(error);
  }
}

void Recorder::end() {
  if (!has_begun_) return;
  has_begun_ = false;
  // Also one that gave up after too many failures has slides left that it does not tell of.
  const bool is_whole = !report_.interrupted && report_.count(Outcome::interrupted) == 0 &&
                        report_.slides.size() >= planned_;
  const RunEnding ending = is_whole ? RunEnding::done : RunEnding::interrupted;
  log([&](RunLog& log) { log.end(ending, report_.seconds, peak_memory()); });
  record_run();
}

void Recorder::set_device(const std::string& device) {
  report_.device = device;
  log([&](RunLog& log) { log.device(device); });
}

void Recorder::done(const std::filesystem::path& input, std::size_t tiles, double seconds) {
  add({input, Outcome::done, "", tiles, seconds});
  // Slides that were worked on together have no time of their own.
  const std::string time = seconds > 0 ? " in " + number(std::round(seconds * 10) / 10) + " s" : "";
  observer_.slide_done(input.string() + ": " + count_of(tiles, "tile") + time);
}

void Recorder::failed(const std::filesystem::path& input, const std::string& reason,
                      double seconds) {
  add({input, Outcome::failed, reason, 0, seconds});
  observer_.slide_failed(input.string(), reason);
}

void Recorder::skipped(const std::filesystem::path& input, const std::string& reason) {
  add({input, Outcome::skipped, reason, 0, 0.0});
  observer_.note(input.string() + ": " + reason);
}

void Recorder::interrupted(const std::filesystem::path& input, double seconds) {
  add({input, Outcome::interrupted, "stopped before its end", 0, seconds});
}

void Recorder::warn(const std::string& sentence) {
  report_.warnings.push_back(sentence);
  observer_.warn(sentence);
  log([&](RunLog& log) { log.warning(sentence); });
}

void Recorder::add(const SlideReport& slide) {
  report_.slides.push_back(slide);
  const auto known = folders_.find(slide.input);
  const std::string folder =
      known == folders_.end() ? slide.input.filename().string() : known->second;
  log([&](RunLog& log) { log.slide(folder, outcome_of(slide)); });
}

template <class Write>
void Recorder::log(const Write& write) {
  if (!log_) return;
  try {
    write(*log_);
  } catch (const Error& error) {
    tell_of_failure(error);
  }
}

void Recorder::tell_of_failure(const Error& error) {
  if (has_failed_) return;
  has_failed_ = true;
  const std::string sentence = std::string("what this run does is not recorded: ") + error.what();
  report_.warnings.push_back(sentence);
  observer_.warn(sentence);
}

void Recorder::record_run() const {
  RunRecord record;
  record.version = version();
  record.git = git_description();
  record.command_line = info_.command_line;
  record.options = info_.options;
  record.device = report_.device;
  record.started = utc_seconds(begin_);
  record.finished = utc_seconds(std::chrono::system_clock::now());
  for (const SlideReport& slide : report_.slides) record.slides.push_back(outcome_of(slide));
  append_run(run_file(output_), record);
}

std::string reason_of(const Error& error, const std::filesystem::path& path) {
  const std::string sentence = error.what();
  const std::string prefix = path.string() + ": ";
  return sentence.rfind(prefix, 0) == 0 ? sentence.substr(prefix.size()) : sentence;
}

}  // namespace histo
