#include "core/file_writer.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "histo/error.hpp"

#include "core/files.hpp"

namespace histo {

FileWriter::FileWriter(const std::filesystem::path& target)
    : target_(target),
      temporary_(temporary_name(target)),
      file_(std::fopen(temporary_.c_str(), "wbe")) {
  if (file_ == nullptr) fail("cannot be created");
}

FileWriter::~FileWriter() {
  if (file_ != nullptr) std::fclose(file_);
  std::error_code ignored;
  if (!is_committed_) std::filesystem::remove(temporary_, ignored);
}

void FileWriter::write(const void* bytes, std::size_t count) {
  if (std::fwrite(bytes, 1, count, file_) != count) fail("cannot be written");
}

void FileWriter::commit() {
  if (std::fclose(std::exchange(file_, nullptr)) != 0) fail("cannot be written");
  commit_file(temporary_, target_);
  is_committed_ = true;
}

void FileWriter::fail(const char* what) const {
  throw Error(ErrorKind::output,
              target_.string() + ": " + what + ": " + std::generic_category().message(errno));
}

}  // namespace histo
