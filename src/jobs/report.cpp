#include "jobs/report.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "histo/version.hpp"

#include "core/cpu.hpp"
#include "core/text.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"

namespace histo {

namespace {

std::string utc(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
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

void Recorder::done(const std::filesystem::path& input, std::size_t tiles, double seconds) {
  report_.slides.push_back({input, Outcome::done, "", tiles, seconds});
  // Slides that were worked on together have no time of their own.
  const std::string time = seconds > 0 ? " in " + number(std::round(seconds * 10) / 10) + " s" : "";
  observer_.slide_done(input.string() + ": " + count_of(tiles, "tile") + time);
}

void Recorder::failed(const std::filesystem::path& input, const std::string& reason,
                      double seconds) {
  report_.slides.push_back({input, Outcome::failed, reason, 0, seconds});
  observer_.slide_failed(input.string(), reason);
}

void Recorder::skipped(const std::filesystem::path& input, const std::string& reason) {
  report_.slides.push_back({input, Outcome::skipped, reason, 0, 0.0});
  observer_.note(input.string() + ": " + reason);
}

void Recorder::interrupted(const std::filesystem::path& input, double seconds) {
  report_.slides.push_back({input, Outcome::interrupted, "stopped before its end", 0, seconds});
}

void Recorder::warn(const std::string& sentence) {
  report_.warnings.push_back(sentence);
  observer_.warn(sentence);
}

std::string reason_of(const Error& error, const std::filesystem::path& path) {
  const std::string sentence = error.what();
  const std::string prefix = path.string() + ": ";
  return sentence.rfind(prefix, 0) == 0 ? sentence.substr(prefix.size()) : sentence;
}

void record_run(const std::filesystem::path& output, const RunInfo& info, const RunReport& report,
                std::chrono::system_clock::time_point begin) {
  RunRecord record;
  record.version = version();
  record.git = git_description();
  record.command_line = info.command_line;
  record.options = info.options;
  record.device = report.device;
  record.started = utc(begin);
  record.finished = utc(std::chrono::system_clock::now());
  for (const SlideReport& slide : report.slides) {
    record.slides.push_back(
        {slide.input.string(), slide.outcome, slide.reason, slide.tiles, slide.seconds});
  }
  append_run(run_file(output), record);
}

}  // namespace histo
