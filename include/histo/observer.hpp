#pragma once
/// How the library speaks: it never prints, logs or exits.

#include <cstddef>
#include <string>

namespace histo {

/// All functions are called on the thread that called the job.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// Explains a result later: "tissue level 4, threshold 207".
  virtual void note(const std::string& sentence) = 0;
  /// Something that the user may want to act on.
  virtual void warn(const std::string& sentence) = 0;
  /// One slide failed: its path and why.
  virtual void slide_failed(const std::string& path, const std::string& reason) = 0;
  /// One slide is done, in a sentence that begins with its name.
  virtual void slide_done(const std::string& sentence) = 0;
  /// `done` of `total` steps of the kind that `unit` names ("tiles", "passes").
  virtual void progress(std::size_t done, std::size_t total, const std::string& unit) = 0;
};

}  // namespace histo
