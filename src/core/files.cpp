#include "core/files.hpp"

#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace histo {

namespace {

[[noreturn]] void fail(ErrorKind kind, const std::filesystem::path& file, const std::string& what,
                       int error) {
  throw Error(kind, file.string() + ": " + what + ": " + std::generic_category().message(error));
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& file, int flags)
      : value_(open(file.c_str(), flags | O_CLOEXEC, 0666)) {}  // the umask decides the rest
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }

  int get() const { return value_; }
  /// Network file systems report a full disk only here.
  int close_now() { return close(std::exchange(value_, -1)); }

 private:
  int value_;
};

void write_to(const Descriptor& out, const std::filesystem::path& file, const char* bytes,
              std::size_t count) {
  while (count > 0) {
    const ssize_t written = write(out.get(), bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(ErrorKind::output, file, "cannot be written", errno);
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
}

void write_all(const std::filesystem::path& file, const char* bytes, std::size_t count, bool sync) {
  Descriptor out(file, O_WRONLY | O_CREAT | O_TRUNC);
  if (out.get() < 0) fail(ErrorKind::output, file, "cannot be created", errno);
  write_to(out, file, bytes, count);
  if (sync && fsync(out.get()) != 0) fail(ErrorKind::output, file, "cannot be flushed", errno);
  if (out.close_now() != 0) fail(ErrorKind::output, file, "cannot be written", errno);
}

// So that the rename itself survives a power cut. Not every file system can do it; then its own
// order has to do.
void sync_folder(const std::filesystem::path& folder) {
  const Descriptor handle(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  if (handle.get() >= 0) fsync(handle.get());
}

void rename_into_place(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (rename(from.c_str(), to.c_str()) != 0) {
    const int error = errno;
    unlink(from.c_str());
    fail(ErrorKind::output, to, "cannot be given its name", error);
  }
  sync_folder(to.parent_path());
}

}  // namespace

std::vector<std::uint8_t> read_file(const std::filesystem::path& file, ErrorKind kind) {
  const Descriptor in(file, O_RDONLY);
  if (in.get() < 0) fail(kind, file, "cannot be opened", errno);
  struct stat info {};
  if (fstat(in.get(), &info) != 0) fail(kind, file, "cannot be read", errno);
  if (S_ISDIR(info.st_mode)) fail(kind, file, "cannot be read", EISDIR);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(info.st_size));
  std::size_t have = 0;
  for (;;) {
    // The size is a hint only: pipes have none, and a file may grow.
    if (have == bytes.size()) bytes.resize(have + 4096);
    const ssize_t count = read(in.get(), bytes.data() + have, bytes.size() - have);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(kind, file, "cannot be read", errno);
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  bytes.resize(have);
  return bytes;
}

std::string read_text(const std::filesystem::path& file, ErrorKind kind) {
  const std::vector<std::uint8_t> bytes = read_file(file, kind);
  return {bytes.begin(), bytes.end()};
}

void write_file(const std::filesystem::path& file, const std::uint8_t* bytes, std::size_t count) {
  write_all(file, reinterpret_cast<const char*>(bytes), count, false);
}

void write_file(const std::filesystem::path& file, const std::vector<std::uint8_t>& bytes) {
  write_file(file, bytes.data(), bytes.size());
}

void replace_file(const std::filesystem::path& file, std::string_view bytes) {
  const std::filesystem::path temporary = temporary_name(file);
  try {
    write_all(temporary, bytes.data(), bytes.size(), true);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  rename_into_place(temporary, file);
}

void replace_file(const std::filesystem::path& file, const std::vector<std::uint8_t>& bytes) {
  replace_file(file, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::filesystem::path temporary_name(const std::filesystem::path& target) {
  char host[256] = "host";
  gethostname(host, sizeof host - 1);
  std::random_device random;  // the name never reaches a result
  return target.parent_path() /
         ("." + target.filename().string() + "." + host + "-" + std::to_string(getpid()) + "-" +
          std::to_string(random()) + ".part");
}

void commit_file(const std::filesystem::path& temporary, const std::filesystem::path& target) {
  {
    const Descriptor handle(temporary, O_RDONLY);
    if (handle.get() < 0 || fsync(handle.get()) != 0) {
      fail(ErrorKind::output, target, "cannot be flushed", errno);
    }
  }
  rename_into_place(temporary, target);
}

bool copy_file(const std::filesystem::path& from, const std::filesystem::path& to,
               const std::atomic<bool>& stop) {
  const Descriptor in(from, O_RDONLY);
  if (in.get() < 0) fail(ErrorKind::input, from, "cannot be opened", errno);
  Descriptor out(to, O_WRONLY | O_CREAT | O_EXCL);
  if (out.get() < 0) fail(ErrorKind::output, to, "cannot be created", errno);
  std::vector<char> piece(std::size_t{4} << 20);
  for (;;) {
    if (stop.load()) return false;
    const ssize_t count = read(in.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(ErrorKind::input, from, "cannot be read", errno);
    if (count == 0) break;
    write_to(out, to, piece.data(), static_cast<std::size_t>(count));
  }
  if (out.close_now() != 0) fail(ErrorKind::output, to, "cannot be written", errno);
  return true;
}

void make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail(ErrorKind::output, folder, "the folder cannot be made", error.value());
}

std::string file_stamp(const std::filesystem::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) fail(ErrorKind::input, file, "cannot be read", errno);
  constexpr std::int64_t second = 1'000'000'000;
  return std::to_string(info.st_size) + " " +
         std::to_string(info.st_mtim.tv_sec * second + info.st_mtim.tv_nsec);
}

}  // namespace histo
