#pragma once
/// Scores of rows against centres on a device: the seam between clustering and what multiplies
/// there.
///
/// The score of row x and centre c is b - 2 x.c in float32, with a number b of the centre's. It
/// orders centres as distances do; which rows it leaves in doubt is the caller's to know. For that
/// the products must be float32 times float32, added up in float32 or better, in whatever order,
/// and b be added last.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace histo {

/// The smallest score, where it first stands, and the smallest of the others.
struct TwoSmallest {
  float best = 0.0F;
  float second = 0.0F;
  std::int32_t place = 0;
};

/// Centres in groups, one group after the other.
struct ScoreCentres {
  const float* values = nullptr;    ///< all groups' centres x dim, row-major
  const float* offsets = nullptr;   ///< b, one a centre
  const float* shift = nullptr;     ///< dim: taken off each row first; null: nothing is
  std::vector<std::size_t> groups;  ///< centres of each group, at least 1
  std::size_t dim = 0;
};

/// Rows that lie in memory part by part.
struct ScoreRows {
  struct Part {
    const float* values = nullptr;  ///< count x dim, row-major
    std::size_t count = 0;
  };
  std::vector<Part> parts;

  /// Rows that come again: those that stay come under the same `first`, with the same values, until
  /// `forget_rows`, so that a device may keep them.
  std::size_t first = 0;
  bool stay = false;

  std::size_t count() const {
    std::size_t sum = 0;
    for (const Part& part : parts) sum += part.count;
    return sum;
  }
};

/// Thread rule: one thread at a time, always the same one.
class ScoreEngine {
 public:
  ScoreEngine() = default;
  ScoreEngine(const ScoreEngine&) = delete;
  ScoreEngine& operator=(const ScoreEngine&) = delete;
  virtual ~ScoreEngine() = default;

  /// Takes a copy, for the rows that come next. Throws Error(model) for what the device reports.
  virtual void set_centres(const ScoreCentres& centres) = 0;

  /// Of each row in each group, to out[row * groups + group]; `place` counts from the group's first
  /// centre, `second` is infinite in a group of one. A score that is no
  /// number makes `best` none. Throws Error(model), for too little memory only where a single row
  /// is too much.
  virtual void two_smallest(const ScoreRows& rows, TwoSmallest* out) = 0;

  virtual void forget_rows() noexcept = 0;

  /// What the user should know of the calls since this was asked last.
  virtual std::vector<std::string> take_warnings() = 0;
};

}  // namespace histo
