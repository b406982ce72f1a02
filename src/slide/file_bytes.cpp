#include "slide/file_bytes.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "histo/error.hpp"

namespace histo {

namespace {

Error failure(const std::filesystem::path& path, int reason) {
  return {ErrorKind::input, path.string() + ": cannot be read: " + std::strerror(reason)};
}

}  // namespace

FileBytes::FileBytes(const std::filesystem::path& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat status {};
  if (descriptor_ < 0) throw failure(path_, errno);
  if (::fstat(descriptor_, &status) != 0) {
    const int reason = errno;
    ::close(descriptor_);
    throw failure(path_, reason);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

FileBytes::~FileBytes() { ::close(descriptor_); }

void FileBytes::read(std::uint64_t offset, std::uint8_t* bytes, std::size_t count) const {
  while (count > 0) {
    const ssize_t got = ::pread(descriptor_, bytes, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw failure(path_, errno);
    if (got == 0) throw Error(ErrorKind::input, path_.string() + ": the file became shorter");
    bytes += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
}

}  // namespace histo
