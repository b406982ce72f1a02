#pragma once
/// A slide's files before the slide is finished.

#include <filesystem>

namespace histo {

/// A folder of this attempt inside the slide's folder, with what `store/layout.hpp` names in a
/// slide's folder. Nothing in it has a final name, and no other process writes there: one that lost
/// its claim without knowing finds its folder gone. Deleted with all that is in it, unless it was
/// committed.
class Attempt {
 public:
  /// `folder` is the slide's. Throws Error(output).
  explicit Attempt(const std::filesystem::path& folder);
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt();

  const std::filesystem::path& path() const { return path_; }

  /// Removes the tiles that the slide's folder has already, and moves everything there,
  /// metadata.csv last. Throws Error(output).
  void commit();

 private:
  std::filesystem::path folder_;
  std::filesystem::path path_;
};

}  // namespace histo
