#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace histo {

/// A file open for reading at any place. Thread rule: const members from many threads at once.
class FileBytes {
 public:
  /// Throws Error(input) naming the path and the system's reason.
  explicit FileBytes(const std::filesystem::path& path);
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes();

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }

  /// All `count` bytes from `offset` on; the caller has seen that they lie in the file. Throws
  /// Error(input) naming the path and the system's reason.
  void read(std::uint64_t offset, std::uint8_t* bytes, std::size_t count) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace histo
