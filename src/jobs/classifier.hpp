#pragma once
/// What kNN, prototypes and a probe have in common: something learns classes from rows of features
/// and names those of others.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "histo/matrix.hpp"

#include "jobs/result_folder.hpp"
#include "store/fitted_file.hpp"

namespace histo {

/// Rows to learn from.
struct Lesson {
  FloatMatrixView features;
  std::vector<std::int32_t> labels;  ///< 0 .. classes - 1, each of which occurs
  std::size_t classes = 0;
  std::vector<std::int32_t> groups;  ///< the patient of each row
};

struct Answers {
  std::vector<std::int32_t> labels;
  DoubleMatrix probabilities;  ///< rows x classes
  DoubleMatrix distances;      ///< rows x classes, of those that measure some; else 0 x 0
};

/// What has been learnt.
class Classifier {
 public:
  Classifier() = default;
  Classifier(const Classifier&) = delete;
  Classifier& operator=(const Classifier&) = delete;
  virtual ~Classifier() = default;

  /// Throws Error(input) for rows that do not fit.
  virtual Answers answer(const FloatMatrixView& rows) const = 0;

  /// All that `Method::load` needs but the names of classes.
  virtual void save(Fitted& fitted) const = 0;

  /// May rows be all zeros?
  virtual bool takes_zero_rows() const { return true; }

  /// What was found while learning, for the summary.
  virtual Json findings() const { return Json::object(); }
  /// What somebody should know of it, a sentence each.
  virtual std::vector<std::string> messages() const { return {}; }
};

/// A way of learning, with its options.
class Method {
 public:
  Method() = default;
  Method(const Method&) = delete;
  Method& operator=(const Method&) = delete;
  virtual ~Method() = default;

  virtual std::string verb() const = 0;
  /// Of its model.h5.
  virtual std::string kind() const = 0;

  /// `validation`: rows to choose options by, or nullptr. The result may borrow the lesson's
  /// features.
  virtual std::unique_ptr<Classifier> learn(const Lesson& lesson,
                                            const Lesson* validation) const = 0;
  /// Throws Error(input) naming the file where something is missing.
  virtual std::unique_ptr<Classifier> load(Fitted fitted) const = 0;

  /// May rows to learn from be all zeros?
  virtual bool takes_zero_rows() const { return true; }
  /// How many of a slide's tiles vote for each class by their distances; 0: no such vote.
  virtual std::size_t voting_tiles() const { return 0; }
  /// Whether `learn` chooses anything by validation tiles.
  virtual bool validates() const { return false; }
};

/// Whole numbers of a fitted file. Throw Error(input) naming the file where they are none, or below
/// 0, or not below `limit`.
std::size_t whole_number(const Fitted& fitted, const std::string& name);
std::vector<std::int32_t> whole_numbers(const Fitted& fitted, const std::string& name,
                                        std::size_t limit);

}  // namespace histo
