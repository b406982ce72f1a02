#include "store/feature_log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "histo/error.hpp"

#include "core/crc32.hpp"
#include "core/files.hpp"

namespace histo {

namespace {

constexpr std::array<char, 8> magic = {'h', 'i', 's', 't', 'o', 'r', 'w', '1'};

/// A record's head: rows for the records after the first, bytes of the key for the first.
struct Head {
  std::uint32_t length = 0;
  std::uint32_t checksum = 0;  ///< of what follows
};

/// Where some rows lie in the file.
struct Run {
  std::size_t first = 0;
  std::size_t count = 0;
  std::int64_t offset = 0;
};

}  // namespace

struct FeatureLog::State {
  explicit State(const std::filesystem::path& path) : file(path) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (descriptor < 0) return;
    // Without rows it is of no use; while the lock still keeps others out.
    struct stat info {};
    const bool is_empty =
        is_taken_up ? count == 0 : fstat(descriptor, &info) == 0 && info.st_size == 0;
    if (is_locked && is_empty && has_its_name()) unlink(file.c_str());
    close(descriptor);
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::output,
                file.string() + ": " + what + ": " + std::generic_category().message(errno));
  }

  /// Whether the name is still this file's, not that of a process which has taken the rows over.
  bool has_its_name() const {
    struct stat own {};
    struct stat named {};
    return fstat(descriptor, &own) == 0 && stat(file.c_str(), &named) == 0 &&
           own.st_ino == named.st_ino && own.st_dev == named.st_dev;
  }

  /// Gives the name to a copy.
  void leave_behind() const {
    if (!std::filesystem::exists(file)) return;
    const struct Copy {
      ~Copy() { unlink(path.c_str()); }  // after the commit there is none
      std::filesystem::path path;
    } copy{temporary_name(file)};
    const std::atomic<bool> never{false};
    copy_file(file, copy.path, never);
    commit_file(copy.path, file);
  }

  /// Opens and locks. A file that was deleted by the process that had it before is let go.
  void open_locked() {
    for (;;) {
      descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
      if (descriptor < 0) fail("cannot be created");
      // Some file systems know no locks; there the job scripts have to keep runs apart.
      if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        throw Error(ErrorKind::input,
                    file.string() + ": another process is extracting this slide right now");
      }
      struct stat info {};
      if (fstat(descriptor, &info) != 0) fail("cannot be read");
      is_locked = info.st_nlink > 0;
      if (is_locked) return;
      close(descriptor);
    }
  }

  /// False at the end of the file.
  bool read_at(std::int64_t offset, void* out, std::size_t wanted) const {
    auto* bytes = static_cast<char*>(out);
    while (wanted > 0) {
      const ssize_t got = pread(descriptor, bytes, wanted, offset);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("cannot be read");
      if (got == 0) return false;
      bytes += got;
      offset += got;
      wanted -= static_cast<std::size_t>(got);
    }
    return true;
  }

  void write_end(const void* from, std::size_t bytes_left) {
    const auto* bytes = static_cast<const char*>(from);
    while (bytes_left > 0) {
      const ssize_t written = pwrite(descriptor, bytes, bytes_left, end);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("cannot be written");
      bytes += written;
      end += written;
      bytes_left -= static_cast<std::size_t>(written);
    }
  }

  /// Whether the file begins with the key; `end` is then behind it.
  bool has_key() {
    std::array<char, magic.size()> begin{};
    Head head;
    if (!read_at(0, begin.data(), begin.size()) || begin != magic ||
        !read_at(magic.size(), &head, sizeof(head)) || head.length != key.size()) {
      return false;
    }
    std::string found(key.size(), '\0');
    const std::int64_t at = magic.size() + sizeof(head);
    if (!read_at(at, found.data(), found.size()) || found != key) return false;
    end = at + static_cast<std::int64_t>(key.size());
    return true;
  }

  void begin() {
    end = 0;
    count = 0;
    runs.clear();
    if (ftruncate(descriptor, 0) != 0) fail("cannot be emptied");
    const Head head{static_cast<std::uint32_t>(key.size()), crc32(key.data(), key.size())};
    std::vector<char> bytes(magic.begin(), magic.end());
    const auto* const from = reinterpret_cast<const char*>(&head);
    bytes.insert(bytes.end(), from, from + sizeof(head));
    bytes.insert(bytes.end(), key.begin(), key.end());
    write_end(bytes.data(), bytes.size());
  }

  /// Takes the records up to the first that is not whole, and cuts the file there.
  void take_records() {
    std::vector<float> rows;
    Head head;
    struct stat info {};
    if (fstat(descriptor, &info) != 0) fail("cannot be read");
    while (read_at(end, &head, sizeof(head)) && head.length > 0 && head.length <= most_rows()) {
      const std::int64_t at = end + static_cast<std::int64_t>(sizeof(head));
      // Before there is room made for them: a damaged head may name any number.
      if (static_cast<std::int64_t>(bytes_of(head.length)) > info.st_size - at) break;
      rows.resize(head.length * dim);
      if (!read_at(at, rows.data(), bytes_of(head.length)) ||
          crc32(rows.data(), bytes_of(head.length)) != head.checksum) {
        break;
      }
      add(head.length, at);
      end = at + static_cast<std::int64_t>(bytes_of(head.length));
    }
    if (ftruncate(descriptor, end) != 0) fail("cannot be cut");
  }

  void add(std::size_t rows, std::int64_t offset) {
    runs.push_back({count, rows, offset});
    count += rows;
  }

  std::size_t bytes_of(std::size_t rows) const { return rows * dim * sizeof(float); }
  /// In one record: a damaged head must not ask for all memory.
  std::size_t most_rows() const { return (std::size_t{1} << 28) / (dim * sizeof(float)) + 1; }

  std::filesystem::path file;
  std::size_t dim = 0;
  std::string key;
  int descriptor = -1;
  bool is_locked = false;
  bool is_taken_up = false;  ///< else rows may be there that nobody counted
  std::int64_t end = 0;
  std::size_t count = 0;
  std::vector<Run> runs;
};

FeatureLog::FeatureLog(const std::filesystem::path& file, Predecessor predecessor)
    : state_(std::make_unique<State>(file)) {
  if (predecessor == Predecessor::unknown) state_->leave_behind();
  state_->open_locked();
}

void FeatureLog::take_up(std::size_t dim, const std::string& key) {
  state_->is_taken_up = true;
  state_->dim = dim;
  state_->key = "dim=" + std::to_string(dim) + "\n" + key;
  if (state_->has_key()) {
    state_->take_records();
  } else {
    state_->begin();
  }
}

FeatureLog::FeatureLog(FeatureLog&&) noexcept = default;
FeatureLog& FeatureLog::operator=(FeatureLog&&) noexcept = default;
FeatureLog::~FeatureLog() = default;

std::size_t FeatureLog::rows() const { return state_->count; }

void FeatureLog::append(const float* features, std::size_t count) {
  State& state = *state_;
  while (count > 0) {
    const std::size_t rows = std::min(count, state.most_rows());
    const std::size_t bytes = state.bytes_of(rows);
    const Head head{static_cast<std::uint32_t>(rows), crc32(features, bytes)};
    state.write_end(&head, sizeof(head));
    state.add(rows, state.end);
    state.write_end(features, bytes);
    features += rows * state.dim;
    count -= rows;
  }
}

std::size_t FeatureLog::read(std::size_t first, std::size_t room, float* out) const {
  const State& state = *state_;
  const std::size_t wanted = std::min(room, state.count - std::min(first, state.count));
  std::size_t done = 0;
  auto run = std::upper_bound(state.runs.begin(), state.runs.end(), first,
                              [](std::size_t row, const Run& each) { return row < each.first; });
  while (done < wanted) {
    const Run& from = *(run++ - 1);
    const std::size_t skipped = first + done - from.first;
    const std::size_t rows = std::min(wanted - done, from.count - skipped);
    const auto offset = from.offset + static_cast<std::int64_t>(state.bytes_of(skipped));
    if (!state.read_at(offset, out + done * state.dim, state.bytes_of(rows))) {
      throw Error(ErrorKind::output, state.file.string() + ": was cut short by somebody else");
    }
    done += rows;
  }
  return wanted;
}

void FeatureLog::remove_if_idle(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return;
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) unlink(file.c_str());
  close(descriptor);
}

void FeatureLog::remove() {
  if (state_->has_its_name() && unlink(state_->file.c_str()) != 0) {
    state_->fail("cannot be deleted");
  }
  state_->is_locked = false;
  state_.reset();
}

}  // namespace histo
