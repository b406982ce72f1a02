#include "core/process.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <signal.h>
#include <unistd.h>

namespace histo {

namespace {

/// Empty where there is none; files of /proc have no size to go by.
std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// Empty where there is no such process, or only what is left of one that nobody has waited for.
std::string start_of(std::int64_t pid) {
  const std::string stat = text_of("/proc/" + std::to_string(pid) + "/stat");
  // The second field is the program's name in brackets, which may hold brackets and blanks.
  const std::size_t bracket = stat.rfind(')');
  if (bracket == std::string::npos) return "";
  std::size_t first = bracket + 2;
  const char state = first < stat.size() ? stat[first] : 'X';
  if (state == 'Z' || state == 'X') return "";
  constexpr int state_field = 3;
  constexpr int start_field = 22;
  for (int field = state_field; field < start_field; ++field) {
    const std::size_t blank = stat.find(' ', first);
    if (blank == std::string::npos) return "";
    first = blank + 1;
  }
  return stat.substr(first, stat.find(' ', first) - first);
}

std::string host_name() {
  char name[256] = "host";
  gethostname(name, sizeof name - 1);
  return name;
}

std::string boot_id() {
  std::string text = text_of("/proc/sys/kernel/random/boot_id");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string pid_namespace() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/ns/pid", ignored).string();
}

}  // namespace

ProcessIdentity this_process() {
  return {host_name(), boot_id(), pid_namespace(), getpid(), start_of(getpid())};
}

Life life_of(const ProcessIdentity& process) {
  const ProcessIdentity here = this_process();
  const bool is_near = process.host == here.host && process.boot == here.boot &&
                       process.pid_namespace == here.pid_namespace && !here.boot.empty() &&
                       !here.pid_namespace.empty() && !process.start.empty();
  if (!is_near) return Life::unknown;
  const std::string start = start_of(process.pid);
  // Where /proc hides the processes of other users, this still tells that there is one.
  const bool is_hidden =
      start.empty() && kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == EPERM;
  if (is_hidden) return Life::unknown;
  return start == process.start ? Life::alive : Life::gone;
}

}  // namespace histo
