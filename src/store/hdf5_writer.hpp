#pragma once
/// An HDF5 file that has its name only when it is complete.

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "core/files.hpp"
#include "store/hdf5.hpp"

namespace histo::hdf5 {

/// Datasets must be finished or abandoned before it is committed or destroyed.
class FileWriter {
 public:
  explicit FileWriter(const std::filesystem::path& target)
      : target_(target),
        temporary_(temporary_name(target)),
        subject_{target.string(), ErrorKind::output},
        file_(create_file(temporary_, subject_)) {}
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter() {
    file_.close();
    std::error_code ignored;
    if (!is_committed_) std::filesystem::remove(temporary_, ignored);
  }

  const Handle& file() const { return file_; }
  const Subject& subject() const { return subject_; }

  void commit() {
    close_file(file_, subject_);
    commit_file(temporary_, target_);
    is_committed_ = true;
  }

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  Subject subject_;
  Handle file_;
  bool is_committed_ = false;
};

}  // namespace histo::hdf5
