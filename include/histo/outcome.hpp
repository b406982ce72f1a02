#pragma once

namespace histo {

/// How a run left one slide.
enum class Outcome {
  done,
  skipped,      ///< it was done already
  failed,       ///< or refused; the reason says why
  interrupted,  ///< stopped before its end; the next run does it
};

}  // namespace histo
