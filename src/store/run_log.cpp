#include "store/run_log.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <random>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "histo/error.hpp"

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/json_depth.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;

constexpr std::pair<Outcome, const char*> outcome_words[] = {{Outcome::done, "done"},
                                                             {Outcome::skipped, "skipped"},
                                                             {Outcome::failed, "failed"},
                                                             {Outcome::interrupted, "interrupted"}};
constexpr std::pair<RunEnding, const char*> ending_words[] = {
    {RunEnding::done, "done"},
    {RunEnding::interrupted, "interrupted"},
    {RunEnding::error, "error"}};

template <class Value, std::size_t count>
const char* word_of(Value value, const std::pair<Value, const char*> (&words)[count]) {
  const auto* const found = std::find_if(std::begin(words), std::end(words),
                                         [value](const auto& word) { return word.first == value; });
  return found->second;
}

template <class Value, std::size_t count>
std::optional<Value> value_of(const std::string& text,
                              const std::pair<Value, const char*> (&words)[count]) {
  for (const auto& [value, word] : words) {
    if (text == word) return value;
  }
  return std::nullopt;
}

std::string now() { return utc(std::chrono::system_clock::now()); }

/// One line with its "\n", also where texts are not UTF-8.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool is_utf8(const std::string& text) {
  return Json::parse(line_of(Json(text))).get<std::string>() == text;
}

std::string hexadecimal(const std::string& bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

/// Empty for what `hexadecimal` has not written.
std::string bytes_of(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const std::string pair = text.substr(i, 2);
    if (pair.find_first_not_of("0123456789abcdef") != std::string::npos) return "";
    bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
  }
  return bytes;
}

Json event(const char* kind, const std::string& time) {
  Json json;
  json["event"] = kind;
  json["time"] = time;
  return json;
}

Json json_of(const RunBegin& begin, const std::string& time) {
  Json json = event("begin", time);
  json["format_version"] = format_version;
  json["verb"] = begin.verb;
  json["version"] = begin.version;
  json["git"] = begin.git;
  json["command_line"] = begin.command_line;
  json["options"] = Json::object();
  for (const auto& [name, value] : begin.options) json["options"][name] = value;
  json["host"] = begin.process.host;
  json["boot"] = begin.process.boot;
  json["pid_namespace"] = begin.process.pid_namespace;
  json["pid"] = begin.process.pid;
  json["process_start"] = begin.process.start;
  if (!begin.job.empty()) json["job"] = begin.job;
  json["restarts"] = begin.restarts;
  json["shard"] = begin.shard.index;
  json["shards"] = begin.shard.count;
  if (!begin.manifest.empty()) json["manifest"] = begin.manifest;
  json["slides"] = begin.slides;
  json["threads"] = begin.threads;
  return json;
}

/// Reads one line's keys. What is absent or of another kind is the value's default: a record is
/// evidence, and what can be understood of it counts.
class Line {
 public:
  explicit Line(std::string_view text) {
    if (!is_too_deep_json(text)) json_ = Json::parse(text, nullptr, false);
  }

  bool is_object() const { return json_.is_object(); }

  std::string text(const char* key) const { return text_of(find(key)); }

  template <class Integer = std::size_t>
  Integer count(const char* key, Integer absent = 0) const {
    const Json* const value = find(key);
    const bool in_range = value != nullptr && value->is_number_integer() &&
                          value->get<double>() >= 0.0 && value->get<double>() <= 0x1p53;
    return in_range ? value->get<Integer>() : absent;
  }

  double number(const char* key) const {
    const Json* const value = find(key);
    return value != nullptr && value->is_number() ? value->get<double>() : 0.0;
  }

  std::vector<std::pair<std::string, std::string>> texts(const char* key) const {
    std::vector<std::pair<std::string, std::string>> pairs;
    const Json* const value = find(key);
    if (value == nullptr || !value->is_object()) return pairs;
    for (const auto& [name, item] : value->items()) pairs.emplace_back(name, text_of(&item));
    return pairs;
  }

 private:
  const Json* find(const char* key) const {
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }

  static std::string text_of(const Json* value) {
    return value != nullptr && value->is_string() ? value->get<std::string>() : "";
  }

  Json json_;
};

RunBegin begin_of(const Line& line) {
  RunBegin begin;
  begin.time = line.text("time");
  begin.verb = line.text("verb");
  begin.version = line.text("version");
  begin.git = line.text("git");
  begin.command_line = line.text("command_line");
  begin.options = line.texts("options");
  begin.process.host = line.text("host");
  begin.process.boot = line.text("boot");
  begin.process.pid_namespace = line.text("pid_namespace");
  begin.process.pid = line.count<std::int64_t>("pid");
  begin.process.start = line.text("process_start");
  begin.job = line.text("job");
  begin.restarts = line.count("restarts");
  begin.shard = {line.count("shard"), line.count("shards", std::size_t{1})};
  begin.manifest = line.text("manifest");
  begin.slides = line.count("slides");
  begin.threads = line.count("threads");
  return begin;
}

std::optional<RunSlide> slide_of(const Line& line) {
  const auto outcome = value_of(line.text("outcome"), outcome_words);
  if (!outcome) return std::nullopt;
  RunSlide slide;
  slide.time = line.text("time");
  slide.folder = bytes_of(line.text("folder_bytes"));
  if (slide.folder.empty()) slide.folder = line.text("folder");
  slide.outcome = {line.text("slide"), *outcome, line.text("reason"), line.count("tiles"),
                   line.number("seconds")};
  return slide;
}

/// False if the line says nothing.
bool take(const Line& line, RunHistory& run) {
  if (!line.is_object() || line.text("event").empty()) return false;
  const std::string kind = line.text("event");
  if (kind == "begin") run.begin = begin_of(line);
  if (kind == "device") run.device = line.text("device");
  if (kind == "warning") run.warnings.push_back(line.text("sentence"));
  if (kind == "slide") {
    auto slide = slide_of(line);
    if (!slide) return false;
    run.slides.push_back(std::move(*slide));
  }
  if (kind == "end") {
    const auto ending = value_of(line.text("ending"), ending_words);
    if (!ending) return false;
    run.end = {line.text("time"), *ending, line.number("seconds"), line.count("peak_memory")};
  }
  run.last = std::max(run.last, line.text("time"));
  return true;
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& output, const RunBegin& begin)
    : RunLog(output, begin, now()) {
  append(line_of(json_of(begin, time_)));
}

RunLog::RunLog(const std::filesystem::path& output, const RunBegin& begin, std::string time)
    : time_(std::move(time)) {
  make_folders(runs_folder(output));
  std::random_device random;  // the name never reaches a result
  file_ = run_log_file(output, time_, begin.process.host, begin.process.pid, random());
  descriptor_ = open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    throw Error(ErrorKind::output,
                file_.string() + ": cannot be created: " + std::generic_category().message(errno));
  }
}

RunLog::~RunLog() {
  if (descriptor_ >= 0) close(descriptor_);
}

void RunLog::device(const std::string& name) {
  Json json = event("device", now());
  json["device"] = name;
  append(line_of(json));
}

void RunLog::slide(const std::string& folder, const SlideOutcome& outcome) {
  Json json = event("slide", now());
  json["slide"] = outcome.slide;
  json["folder"] = folder;
  if (!is_utf8(folder)) json["folder_bytes"] = hexadecimal(folder);
  json["outcome"] = word_of(outcome.outcome, outcome_words);
  if (!outcome.reason.empty()) json["reason"] = outcome.reason;
  json["tiles"] = outcome.tiles;
  json["seconds"] = outcome.seconds;
  append(line_of(json));
}

void RunLog::warning(const std::string& sentence) {
  Json json = event("warning", now());
  json["sentence"] = sentence;
  append(line_of(json));
}

void RunLog::end(RunEnding ending, double seconds, std::size_t peak_memory) {
  Json json = event("end", now());
  json["ending"] = word_of(ending, ending_words);
  json["seconds"] = seconds;
  json["peak_memory"] = peak_memory;
  append(line_of(json));
}

void RunLog::append(const std::string& line) {
  // The rest of a line that a full disk cut off stays a line of its own.
  const std::string text = (is_torn_ ? "\n" : "") + line;
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(descriptor_, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      is_torn_ = is_torn_ || written > 0;
      throw Error(ErrorKind::output, file_.string() + ": cannot be written: " +
                                         std::generic_category().message(error));
    }
    written += static_cast<std::size_t>(count);
  }
  is_torn_ = false;
}

RunHistories read_run_logs(const std::filesystem::path& output) {
  RunHistories histories;
  for (const std::filesystem::path& file : run_log_files(output)) {
    const std::string text = read_text(file);
    RunHistory run;
    std::size_t number = 0;
    for (std::size_t first = 0; first < text.size();) {
      const std::size_t end = text.find('\n', first);
      // What has no end was being written when its process was killed, or is now.
      if (end == std::string::npos) break;
      ++number;
      const std::string_view line(text.data() + first, end - first);
      first = end + 1;
      if (line.empty() || take(Line(line), run)) continue;
      histories.damage.push_back(file.string() + ": line " + std::to_string(number) +
                                 " cannot be understood");
    }
    if (run.begin.verb.empty()) {
      histories.damage.push_back(file.string() + ": does not say what was done");
      continue;
    }
    histories.runs.push_back(std::move(run));
  }
  std::stable_sort(
      histories.runs.begin(), histories.runs.end(),
      [](const RunHistory& a, const RunHistory& b) { return a.begin.time < b.begin.time; });
  return histories;
}

}  // namespace histo
