#include "core/cpu.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include <sched.h>
#include <sys/resource.h>

namespace histo {

namespace {

std::size_t affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&set), 1));
}

// cpu.max holds "max 100000" or "150000 100000": microseconds of CPU in each period of that many
// microseconds.
double quota(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  std::string limit;
  double period = 0;
  if (!(file >> limit >> period) || limit == "max" || period <= 0) return HUGE_VAL;
  return std::strtod(limit.c_str(), nullptr) / period;
}

// Bytes that a cgroup has not used of its limit; memory.max holds "max" or a number.
double free_bytes(const std::string& folder) {
  std::ifstream limit_file(folder + "/memory.max");
  std::ifstream used_file(folder + "/memory.current");
  double limit = 0;
  double used = 0;
  if (!(limit_file >> limit) || !(used_file >> used)) return HUGE_VAL;
  return std::max(0.0, limit - used);
}

// The tightest limit from this process's cgroup up to the root (cgroup version 2: the line
// "0::/path").
double cgroup_limit(double (*limit_of)(const std::string& folder)) {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  double tightest = HUGE_VAL;
  while (std::getline(file, line)) {
    if (line.rfind("0::", 0) != 0) continue;
    for (std::string path = line.substr(3);; path.resize(path.rfind('/'))) {
      tightest = std::min(tightest, limit_of("/sys/fs/cgroup" + path));
      if (path.find('/') == std::string::npos) break;
    }
  }
  return tightest;
}

// The number of kibibytes after a word of /proc, as bytes; 0 where it is missing.
std::size_t kibibytes_after(const std::string& file, const std::string& name) {
  std::ifstream stream(file);
  std::string word;
  while (stream >> word) {
    std::size_t kibibytes = 0;
    if (word == name && stream >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

}  // namespace

std::size_t usable_cpus() {
  const auto cpus = static_cast<double>(affinity());
  return static_cast<std::size_t>(std::max(1.0, std::min(cpus, std::ceil(cgroup_limit(quota)))));
}

std::size_t usable_memory() {
  const auto available = static_cast<double>(kibibytes_after("/proc/meminfo", "MemAvailable:"));
  return static_cast<std::size_t>(std::max(1.0, std::min(available, cgroup_limit(free_bytes))));
}

std::size_t usable_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;  // what every system grants
  return static_cast<std::size_t>(std::max<rlim_t>(limit.rlim_cur, 1));
}

// getrusage would count what the caller's image held before this program replaced it.
std::size_t peak_memory() { return kibibytes_after("/proc/self/status", "VmHWM:"); }

}  // namespace histo
