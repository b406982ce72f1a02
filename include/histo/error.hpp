#pragma once
/// The one exception type of the library.
///
/// It is thrown where the knowledge is: a function that finds the fault names the subject, the
/// value found and the value wanted, in that order, as one sentence that starts in lower case and
/// has no final dot. Errors of third-party libraries are translated once, at the room that owns the
/// library. Nothing between the throw and `jobs` or `main` catches it.

#include <stdexcept>
#include <string>

namespace histo {

/// Whose fault it is, and so how far the damage reaches.
enum class ErrorKind {
  usage,     ///< the command line or an option's value; the run has not started
  input,     ///< one slide or one file of it; the other slides go on
  output,    ///< the output folder (full disk, no permission); ends the run
  model,     ///< the encoder, its card or its device; ends the run
  internal,  ///< a bug of ours; ends the run
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& sentence) : std::runtime_error(sentence), kind_(kind) {}

  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace histo
