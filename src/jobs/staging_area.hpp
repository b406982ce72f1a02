#pragma once
/// The folder that copies of slides lie in, and the copies.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "histo/error.hpp"
#include "histo/staging.hpp"

namespace histo {

/// A slide's files beside each other, as they lie in its own folder; deleted with this. Thread
/// rule: as a shared pointer to const.
class StagedCopy {
 public:
  const std::filesystem::path& slide() const { return slide_; }

  StagedCopy(std::filesystem::path original, std::filesystem::path folder, std::uintmax_t bytes,
             std::atomic<std::uintmax_t>& used);
  StagedCopy(const StagedCopy&) = delete;
  StagedCopy& operator=(const StagedCopy&) = delete;
  ~StagedCopy();

  /// The sentence with the slide's own path where it names the copy.
  std::string in_words_of_the_slide(const std::string& sentence) const;

 private:
  std::filesystem::path original_;
  std::filesystem::path folder_;
  std::filesystem::path slide_;
  std::uintmax_t bytes_;
  std::atomic<std::uintmax_t>& used_;
};

/// What became of a wish for a copy.
struct Staged {
  std::shared_ptr<const StagedCopy> copy;  ///< null: the slide is read where it is
  std::string reason;                      ///< why, where there is no copy
};

/// A folder of this process in the one that the options name. Those that killed processes left
/// there are deleted first; what is not ours is never touched. Outlives its copies.
class StagingArea {
 public:
  /// Throws Error(output) if no folder can be made there.
  explicit StagingArea(const Staging& options);
  StagingArea(const StagingArea&) = delete;
  StagingArea& operator=(const StagingArea&) = delete;
  ~StagingArea();

  /// Copies all files of a slide. Never throws for a slide that cannot be copied: where it lies it
  /// may still be read, or says itself what is wrong. From several threads at once.
  Staged stage(const std::filesystem::path& slide, const std::atomic<bool>& stop);

 private:
  bool reserve(std::uintmax_t bytes);

  std::uintmax_t most_bytes_;
  std::filesystem::path folder_;
  int owner_ = -1;  ///< the locked file that says that we live
  std::atomic<std::uintmax_t> used_{0};
  std::atomic<std::size_t> number_{0};
};

/// The area, or null where the options want none.
std::unique_ptr<StagingArea> open_staging(const Staging& options);

/// An error about a copy, as one about the slide.
Error in_words_of_the_slide(const Error& error, const std::shared_ptr<const StagedCopy>& copy);

}  // namespace histo
