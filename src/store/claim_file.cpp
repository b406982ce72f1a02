#include "store/claim_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <map>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

constexpr std::string_view first_line = "histo claim 1\n";
constexpr std::size_t most_bytes = 4096;
using Buffer = std::array<char, most_bytes>;

/// A claim's file, open and read. Whatever lies there, nothing is thrown.
class Reading {
 public:
  explicit Reading(const std::filesystem::path& file) noexcept {
    // A handle that went stale under a network file system means that the name is another file's
    // by now, which the next try opens.
    for (int attempt = 0; attempt < 3; ++attempt) {
      descriptor_ = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      error_ = descriptor_ < 0 ? errno : read_all();
      if (error_ != ESTALE) return;
      close_now();
    }
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() { close_now(); }

  int error() const { return error_; }
  std::string_view text() const { return {buffer_.data(), length_}; }
  const struct stat& info() const { return info_; }

 private:
  int read_all() noexcept {
    if (fstat(descriptor_, &info_) != 0) return errno;
    for (length_ = 0; length_ < buffer_.size();) {
      const ssize_t got = ::read(descriptor_, buffer_.data() + length_, buffer_.size() - length_);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno;
      if (got == 0) break;
      length_ += static_cast<std::size_t>(got);
    }
    return 0;
  }

  void close_now() noexcept {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }

  int descriptor_ = -1;
  int error_ = 0;
  Buffer buffer_;
  std::size_t length_ = 0;
  struct stat info_ {};
};

/// A value must not end its line.
std::string line(const char* key, std::string value) {
  std::replace_if(
      value.begin(), value.end(), [](char c) { return c == '\n' || c == '\0'; }, ' ');
  return std::string(key) + "=" + value + "\n";
}

template <class Integer>
bool read_number(const std::string& text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string claim_text(const ClaimHolder& holder) {
  const ProcessIdentity& process = holder.process;
  return std::string(first_line) + line("host", process.host) + line("boot", process.boot) +
         line("pid_namespace", process.pid_namespace) + line("pid", std::to_string(process.pid)) +
         line("start", process.start) + line("job", holder.job) +
         line("restarts", std::to_string(holder.restarts)) + line("begun", holder.begun) +
         line("token", holder.token);
}

std::optional<ClaimHolder> parse_claim(std::string_view text) {
  if (text.substr(0, first_line.size()) != first_line) return std::nullopt;
  text.remove_prefix(first_line.size());
  std::map<std::string, std::string> values;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t equals = text.find('=');
    if (end == std::string_view::npos || equals > end) return std::nullopt;
    values.emplace(text.substr(0, equals), text.substr(equals + 1, end - equals - 1));
    text.remove_prefix(end + 1);
  }
  ClaimHolder holder;
  holder.process = {values["host"], values["boot"], values["pid_namespace"], 0, values["start"]};
  holder.job = values["job"];
  holder.begun = values["begun"];
  holder.token = values["token"];
  // The token becomes part of a name.
  if (!is_claim_token(holder.token) || !read_number(values["pid"], holder.process.pid) ||
      holder.process.pid < 1 || !read_number(values["restarts"], holder.restarts)) {
    return std::nullopt;
  }
  return holder;
}

ClaimSight look_at_claim(const std::filesystem::path& file) {
  const Reading reading(file);
  ClaimSight sight;
  struct stat info = reading.info();
  // One that another user keeps to himself can still be told by its age.
  if (reading.error() != 0 && stat(file.c_str(), &info) != 0) return sight;
  sight.is_there = true;
  sight.text = reading.text();
  sight.last_sign =
      static_cast<ServerTime>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
  sight.inode = info.st_ino;
  return sight;
}

Ours holds_text(const std::filesystem::path& file, const std::string& text) noexcept {
  const Reading reading(file);
  if (reading.error() == ENOENT || reading.error() == ENOTDIR) return Ours::no;
  if (reading.error() != 0) return Ours::unknown;
  return reading.text() == std::string_view(text) ? Ours::yes : Ours::no;
}

std::string why_left_behind(const ClaimSight& sight, const ClaimRule& rule, ServerTime now) {
  if (!sight.is_there) return "";
  const std::optional<ClaimHolder> holder = parse_claim(sight.text);
  if (holder && life_of(holder->process) == Life::gone) return "which is gone";
  if (holder && !rule.job.empty() && holder->job == rule.job && holder->restarts < rule.restarts) {
    return "which is this job before it was started again";
  }
  const double silence = static_cast<double>(now - sight.last_sign) / 1e9;
  if (silence <= rule.stale_after) return "";
  return "which gave no sign of life for " + number(std::floor(silence)) + " s";
}

std::string describe(const ClaimHolder& holder) {
  std::string text = "process " + std::to_string(holder.process.pid) + " on " + holder.process.host;
  if (!holder.job.empty()) text += " (job " + holder.job + ")";
  return text;
}

std::string describe(const ClaimSight& sight) {
  if (!sight.is_there) return "nobody";
  const std::optional<ClaimHolder> holder = parse_claim(sight.text);
  return holder ? describe(*holder) : "a process that cannot be named";
}

std::optional<ClaimHolder> read_claim(const std::filesystem::path& folder) {
  return parse_claim(look_at_claim(claim_file(folder)).text);
}

}  // namespace histo
