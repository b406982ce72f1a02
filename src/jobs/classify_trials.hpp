#pragma once
/// Which tiles are learnt from and which are tried on.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/classify_job.hpp"

#include "jobs/classifier.hpp"
#include "jobs/labelled_tiles.hpp"

namespace histo {

/// Places in LabelledTiles, rising.
struct Trial {
  std::int32_t fold = -1;  ///< -1: of a split
  std::vector<std::size_t> learnt_from;
  std::vector<std::size_t> validated_on;  ///< of a split that has them
  std::vector<std::size_t> tried_on;
};

/// One of a split, else one for each fold. Throws Error(input) where no tile is to be learnt from
/// or tried on, where a group is in two parts, and where there are fewer groups than folds, saying
/// what helps.
std::vector<Trial> trials_of(const LabelledTiles& tiles, const ClassifyOptions& options);

/// What a trial is called in sentences: "fold 2", "the split".
std::string name_of(const Trial& trial);

/// The names of the groups and of the slides of these tiles, sorted.
std::vector<std::string> groups_at(const LabelledTiles& tiles,
                                   const std::vector<std::size_t>& places);
std::vector<std::string> slides_at(const LabelledTiles& tiles,
                                   const std::vector<std::size_t>& places);

/// A copy of the features of these tiles, row after row.
std::vector<float> rows_at(const LabelledTiles& tiles, const std::vector<std::size_t>& places);

/// Throws Error(input) naming the slide and the tile whose features are not finite, or, unless
/// `takes_zeros`, all zero.
void check_features(const FloatMatrixView& features, const std::vector<Rect>& rects,
                    const std::string& slide, bool takes_zeros);

/// A part of the tiles with classes numbered without gaps, which is what can be learnt from.
class LessonPlan {
 public:
  /// Copies the features, unless `places` are all of the tiles. Borrows `tiles`.
  LessonPlan(const LabelledTiles& tiles, const std::vector<std::size_t>& places);
  /// Those whose classes `learnt` has, with its numbers.
  LessonPlan(const LabelledTiles& tiles, const std::vector<std::size_t>& places,
             const LessonPlan& learnt);
  LessonPlan(const LessonPlan&) = delete;
  LessonPlan& operator=(const LessonPlan&) = delete;

  const Lesson& lesson() const { return lesson_; }
  /// The number among the tiles' classes of each class that was learnt.
  const std::vector<std::int32_t>& classes() const { return classes_; }
  std::vector<std::string> class_names(const LabelledTiles& tiles) const;
  /// Of the tiles' classes those that it lacks.
  std::vector<std::string> lacking(const LabelledTiles& tiles) const;

 private:
  void fill(const LabelledTiles& tiles, const std::vector<std::size_t>& places);

  std::vector<std::int32_t> classes_;
  std::vector<float> copied_;
  Lesson lesson_;
};

}  // namespace histo
