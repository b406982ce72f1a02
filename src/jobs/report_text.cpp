#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "histo/error.hpp"
#include "histo/report_job.hpp"

#include "core/csv.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

constexpr std::size_t most_slow_slides = 5;
constexpr std::size_t most_hosts = 20;

std::string rounded(double value, double steps) {
  return number(std::round(value * steps) / steps);
}

/// "41.5 s", "12 min", "3.1 h".
std::string duration(double seconds) {
  if (seconds < 120) return rounded(seconds, 10) + " s";
  if (seconds < 7200) return rounded(seconds / 60, 10) + " min";
  return rounded(seconds / 3600, 10) + " h";
}

/// A cell of a table, in which a bar or a line break would end it, and other control characters
/// would reach a terminal.
std::string cell(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (c == '|') safe += '\\';
    safe += is_control ? ' ' : c;
  }
  return safe;
}

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& text : cells) line += " " + cell(text) + " |";
  return line + "\n";
}

std::string head(const std::vector<std::string>& names) {
  std::string line = row(names) + "|";
  for (std::size_t i = 0; i < names.size(); ++i) line += "---|";
  return line + "\n";
}

std::string word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::done:
      return "done";
    case Outcome::skipped:
      return "skipped";
    case Outcome::failed:
      return "failed";
    case Outcome::interrupted:
      return "interrupted";
  }
  throw Error(ErrorKind::internal, "a slide has no such outcome");
}

std::string words_of(Ending ending) {
  switch (ending) {
    case Ending::done:
      return "ended";
    case Ending::interrupted:
      return "stopped before its last slide";
    case Ending::error:
      return "ended by an error; its log says which";
    case Ending::running:
      return "still running";
    case Ending::killed:
      return "killed";
    case Ending::silent:
      return "killed or still running, on another machine";
  }
  throw Error(ErrorKind::internal, "a process has no such ending");
}

/// "shard 3", "shards 3 and 7", "shards 3, 7 and 9".
std::string shards_named(const std::vector<std::size_t>& shards) {
  std::string text = shards.size() == 1 ? "shard " : "shards ";
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const bool is_last = i + 1 == shards.size();
    text += (i == 0 ? "" : is_last ? " and " : ", ") + std::to_string(shards[i]);
  }
  return text;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& each : texts) text += (text.empty() ? "" : ", ") + each;
  return text;
}

/// Each value that is known, with the number of processes that have it.
template <class ValueOf>
std::string tally(const std::vector<ReportedProcess>& processes, const ValueOf& value_of) {
  std::map<std::string, std::size_t> counts;
  for (const ReportedProcess& process : processes) ++counts[value_of(process)];
  counts.erase("");
  std::vector<std::string> parts;
  for (const auto& [value, count] : counts) {
    if (parts.size() == most_hosts) {
      parts.push_back("and " + std::to_string(counts.size() - most_hosts) + " more");
      break;
    }
    parts.push_back(value + " (" + std::to_string(count) + ")");
  }
  return joined(parts);
}

/// The line of a step in the first table.
std::string overview(const ReportedStep& step) {
  return row({step.verb, step.is_complete() ? "complete" : "not complete",
              std::to_string(step.count(Outcome::done)),
              std::to_string(step.count(Outcome::skipped)),
              std::to_string(step.count(Outcome::failed)),
              std::to_string(step.count(Outcome::interrupted)), std::to_string(step.tiles),
              duration(step.wall_seconds),
              rounded(static_cast<double>(step.tiles) / std::max(step.wall_seconds, 1e-3), 10),
              rounded(static_cast<double>(step.tiles) / std::max(step.process_seconds, 1e-3), 10)});
}

std::string facts(const ReportedStep& step) {
  constexpr double mebibyte = 1024.0 * 1024.0;
  std::size_t peak = 0;
  for (const ReportedProcess& process : step.processes) peak = std::max(peak, process.peak_memory);
  std::string text = "- Processes: " + std::to_string(step.processes.size()) + ", for " +
                     duration(step.process_seconds) + " in all\n";
  text += "- Hosts: " + tally(step.processes, [](const auto& each) { return each.host; }) + "\n";
  text += "- Threads: " +
          tally(step.processes, [](const auto& each) { return std::to_string(each.threads); }) +
          "\n";
  const std::string devices = tally(step.processes, [](const auto& each) { return each.device; });
  if (!devices.empty()) text += "- Device: " + devices + "\n";
  text +=
      "- Peak memory of a process: " + rounded(static_cast<double>(peak) / mebibyte, 1) + " MiB\n";
  text += "- Version: " + joined(step.versions) + "\n";
  if (step.shards > 1) {
    text += "- Shards with a record: " + std::to_string(step.shards - step.missing.size()) +
            " of " + std::to_string(step.shards) + ", manifest " + step.manifest + "\n";
  }
  return text;
}

/// What is in the way of "complete", and what may be wrong although nothing failed.
std::string troubles(const ReportedStep& step) {
  const std::string all = " of " + std::to_string(step.shards);
  std::string text;
  if (!step.missing.empty()) {
    text += "- " + shards_named(step.missing) + all +
            (step.missing.size() == 1 ? " has no record\n" : " have no record\n");
  }
  if (!step.unfinished.empty()) {
    text += step.shards == 1
                ? std::string("- no process came to its end\n")
                : "- " + shards_named(step.unfinished) + all + ": no process came to its end\n";
  }
  for (const std::string& doubt : step.doubts) text += "- " + cell(doubt) + "\n";
  return text.empty() ? "" : "\n### To be looked at\n\n" + text;
}

std::string slides_left(const ReportedStep& step) {
  std::string text;
  for (const ReportedSlide& slide : step.slides) {
    if (slide.outcome != Outcome::failed && slide.outcome != Outcome::interrupted) continue;
    text += row({slide.input, word_of(slide.outcome), slide.reason, std::to_string(slide.failures),
                 slide.host, slide.job});
  }
  if (text.empty()) return "";
  return "\n### Slides that are not done\n\n" +
         head({"slide", "outcome", "last reason", "times failed", "host", "job"}) + text;
}

std::string processes_without_end(const ReportedStep& step) {
  std::string text;
  for (const ReportedProcess& process : step.processes) {
    if (process.ending == Ending::done) continue;
    const bool has_ended = process.ending == Ending::interrupted || process.ending == Ending::error;
    text += row({process.host, std::to_string(process.pid), process.job,
                 std::to_string(process.shard.index) + "/" + std::to_string(process.shard.count),
                 words_of(process.ending), process.last,
                 has_ended ? "" : duration(process.silence) + " ago"});
  }
  if (text.empty()) return "";
  return "\n### Processes that did not come to their end\n\n" +
         head({"host", "pid", "job", "shard", "what became of it", "last line (UTC)", ""}) + text;
}

std::string slowest_slides(const ReportedStep& step) {
  std::vector<const ReportedSlide*> slow;
  for (const ReportedSlide& slide : step.slides) {
    if (slide.outcome == Outcome::done && slide.seconds > 0) slow.push_back(&slide);
  }
  if (slow.empty()) return "";
  std::stable_sort(slow.begin(), slow.end(), [](const ReportedSlide* a, const ReportedSlide* b) {
    return a->seconds > b->seconds;
  });
  slow.resize(std::min(slow.size(), most_slow_slides));
  std::string text = "\n### Slowest slides\n\n" + head({"slide", "seconds", "tiles", "host"});
  for (const ReportedSlide* const slide : slow) {
    text +=
        row({slide->input, rounded(slide->seconds, 10), std::to_string(slide->tiles), slide->host});
  }
  return text;
}

std::string warnings(const ReportedStep& step) {
  if (step.warnings.empty()) return "";
  std::string text = "\n### Warnings\n\n" + head({"times", "warning"});
  for (const auto& [warning, count] : step.warnings) text += row({std::to_string(count), warning});
  return text;
}

}  // namespace

std::string markdown_of(const JobReport& report) {
  std::string text = "# " + cell(report.output.string()) + "\n\n" +
                     head({"step", "state", "done", "skipped", "failed", "interrupted", "tiles",
                           "time", "tiles a second", "of one process"});
  for (const ReportedStep& step : report.steps) text += overview(step);
  if (!report.damage.empty()) text += "\n## Records that are damaged\n\n";
  for (const std::string& damage : report.damage) text += "- " + cell(damage) + "\n";
  for (const ReportedStep& step : report.steps) {
    text += "\n## " + cell(step.verb) + "\n\n" + facts(step) + troubles(step) + slides_left(step) +
            processes_without_end(step) + slowest_slides(step) + warnings(step);
  }
  return text;
}

std::string csv_of(const JobReport& report) {
  std::string text = csv_line({"step", "slide", "input", "outcome", "reason", "failures", "tiles",
                               "seconds", "host", "job", "time"});
  for (const ReportedStep& step : report.steps) {
    for (const ReportedSlide& slide : step.slides) {
      text += csv_line({step.verb, slide.name, slide.input, word_of(slide.outcome), slide.reason,
                        std::to_string(slide.failures), std::to_string(slide.tiles),
                        rounded(slide.seconds, 1000), slide.host, slide.job, slide.time});
    }
  }
  return text;
}

}  // namespace histo
