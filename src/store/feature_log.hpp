#pragma once
/// The rows of a feature file that is not complete yet, so that a run that was killed can go on
/// inside a slide.
///
/// HDF5 files that are written to when the process is killed may not open again, and their bytes
/// depend on the order of the writes. So rows are appended to a file of our own, and the feature
/// file is written in one go when all of them are there. docs/formats.md shows the layout.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace histo {

/// Who wrote the rows that are there.
enum class Predecessor {
  ended,    ///< a process that has closed the file, or is dead
  unknown,  ///< one that may still write: its claim was taken over
};

/// Thread rule: one thread at a time. One process at a time: whoever has the claim on the slide;
/// where the file system knows locks the file is locked, too.
class FeatureLog {
 public:
  /// Takes the file for this process. What an unknown predecessor wrote is copied to another file
  /// of the same name, so that whatever it writes from now on goes nowhere. Throws Error(input)
  /// where another process holds it, or what was written cannot be read; Error(output) where it
  /// cannot be made.
  explicit FeatureLog(const std::filesystem::path& file,
                      Predecessor predecessor = Predecessor::ended);

  /// Goes on with what the file holds if these are rows of this length under this key, which says
  /// all that they depend on; begins it anew otherwise, and where it is damaged, from the damage
  /// on. To be called before all others. Throws Error(output) where it cannot be written.
  void take_up(std::size_t dim, const std::string& key);

  FeatureLog(FeatureLog&&) noexcept;
  FeatureLog& operator=(FeatureLog&&) noexcept;
  ~FeatureLog();  // keeps the file if it holds rows

  /// Rows that it holds.
  std::size_t rows() const;

  /// `count` rows of `dim` values. When this returns the system has them: the process may be
  /// killed. Throws Error(output).
  void append(const float* features, std::size_t count);

  /// Rows from `first` on, as many as fit into `room`; returns how many. Throws Error(output) if
  /// they cannot be read back as they were written.
  std::size_t read(std::size_t first, std::size_t room, float* out) const;

  /// Deletes the file, unless it is another process's by now; nothing else may be called
  /// afterwards.
  void remove();

  /// Deletes what a process left that was killed after its last row, unless another has it now.
  static void remove_if_idle(const std::filesystem::path& file);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace histo
