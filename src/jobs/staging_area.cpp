#include "jobs/staging_area.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "histo/slide.hpp"

#include "core/files.hpp"
#include "jobs/shares.hpp"

namespace histo {

namespace {

constexpr const char* folder_begin = "histo-stage-";
constexpr const char* owner_name = "owner";

/// False if it was stopped.
bool copy_all(const std::filesystem::path& from, const std::filesystem::path& to,
              const std::atomic<bool>& stop) {
  if (!std::filesystem::is_directory(from)) return copy_file(from, to, stop);
  make_folders(to);
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    if (!copy_all(entry.path(), to / entry.path().filename(), stop)) return false;
  }
  return true;
}

/// The folder of a process that is gone: its lock, which the system took back, can be had.
void remove_if_left_behind(const std::filesystem::path& folder) {
  const int owner = open((folder / owner_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (owner < 0) return;  // not ours, or being made at this moment
  std::error_code ignored;
  if (flock(owner, LOCK_EX | LOCK_NB) == 0) std::filesystem::remove_all(folder, ignored);
  close(owner);
}

void remove_all_left_behind(const std::filesystem::path& parent) {
  std::error_code error;
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    const bool is_named_so = entry.path().filename().string().rfind(folder_begin, 0) == 0;
    if (is_named_so && entry.is_directory(error) && !entry.is_symlink(error)) {
      folders.push_back(entry.path());
    }
  }
  for (const std::filesystem::path& folder : folders) remove_if_left_behind(folder);
}

[[noreturn]] void fail(const std::filesystem::path& folder) {
  throw Error(ErrorKind::output, folder.string() + ": slides cannot be staged there: " +
                                     std::generic_category().message(errno));
}

}  // namespace

StagedCopy::StagedCopy(std::filesystem::path original, std::filesystem::path folder,
                       std::uintmax_t bytes, std::atomic<std::uintmax_t>& used)
    : original_(std::move(original)),
      folder_(std::move(folder)),
      slide_(folder_ / original_.filename()),
      bytes_(bytes),
      used_(used) {}

StagedCopy::~StagedCopy() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  used_ -= bytes_;
}

std::string StagedCopy::in_words_of_the_slide(const std::string& sentence) const {
  std::string text = sentence;
  const std::string copy = slide_.string();
  const std::string original = original_.string();
  for (std::size_t at = text.find(copy); at != std::string::npos;
       at = text.find(copy, at + original.size())) {
    text.replace(at, copy.size(), original);
  }
  return text;
}

StagingArea::StagingArea(const Staging& options) : most_bytes_(options.most_bytes) {
  const std::filesystem::path parent = *options.folder;
  make_folders(parent);
  remove_all_left_behind(parent);
  std::string name = (parent / folder_begin).string() + "XXXXXX";
  if (mkdtemp(name.data()) == nullptr) fail(parent);  // nobody else may look into it
  folder_ = name;
  // Locked before it has its name: nobody takes it for one that was left behind.
  const std::filesystem::path unnamed = folder_ / "new";
  owner_ = open(unnamed.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (owner_ < 0 || flock(owner_, LOCK_EX | LOCK_NB) != 0 ||
      rename(unnamed.c_str(), (folder_ / owner_name).c_str()) != 0) {
    const int error = errno;
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
    if (owner_ >= 0) close(owner_);
    errno = error;
    fail(parent);
  }
}

StagingArea::~StagingArea() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  close(owner_);
}

bool StagingArea::reserve(std::uintmax_t bytes) {
  std::uintmax_t used = used_.load();
  while (bytes <= most_bytes_ && used <= most_bytes_ - bytes) {
    if (used_.compare_exchange_weak(used, used + bytes)) return true;
  }
  return false;
}

Staged StagingArea::stage(const std::filesystem::path& slide, const std::atomic<bool>& stop) {
  try {
    const std::vector<std::filesystem::path> files = slide_files(slide);
    std::uintmax_t bytes = 0;
    for (const std::filesystem::path& file : files) bytes += bytes_below(file);
    if (!reserve(bytes)) return {nullptr, "the copies there leave no room for it"};
    const std::filesystem::path folder = folder_ / std::to_string(number_++);
    // From here on the copy answers for its bytes and its folder.
    auto copy = std::make_shared<const StagedCopy>(slide, folder, bytes, used_);
    make_folders(folder);
    const std::string stamp = file_stamp(slide);
    for (const std::filesystem::path& file : files) {
      if (!copy_all(file, folder / file.filename(), stop)) return {nullptr, "stopped"};
    }
    if (file_stamp(slide) != stamp) return {nullptr, "it changed while it was copied"};
    return {std::move(copy), ""};
  } catch (const Error& error) {
    return {nullptr, error.what()};
  } catch (const std::filesystem::filesystem_error& error) {
    return {nullptr, error.what()};
  }
}

std::unique_ptr<StagingArea> open_staging(const Staging& options) {
  return options.folder ? std::make_unique<StagingArea>(options) : nullptr;
}

Error in_words_of_the_slide(const Error& error, const std::shared_ptr<const StagedCopy>& copy) {
  if (!copy) return error;
  return {error.kind(), copy->in_words_of_the_slide(error.what())};
}

}  // namespace histo
