#pragma once
/// A file that is written piece by piece and has its name only when it is complete.

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string_view>

namespace histo {

/// Writes to a name of its own beside the target; a writer that is destroyed before `commit`
/// removes it. Throws Error(output) naming the target.
class FileWriter {
 public:
  explicit FileWriter(const std::filesystem::path& target);
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter();

  void write(const void* bytes, std::size_t count);
  void write(std::string_view text) { write(text.data(), text.size()); }

  /// Flushes to the disk and gives the file its name, replacing an older one. Nothing after it.
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  std::FILE* file_ = nullptr;
  bool is_committed_ = false;
};

}  // namespace histo
