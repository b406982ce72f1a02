#pragma once
/// What is known of tiles, slides and patients, from a table that people make.

#include <filesystem>
#include <string>
#include <vector>

namespace histo {

/// A CSV with a header and the column `slide`: the name of a slide's folder. With the columns x and
/// y (level-0 pixels of a tile's top left) a line says something of one tile, else of all tiles of
/// the slide. No tile or slide may stand there twice. Other columns have any names.
struct LabelOptions {
  std::filesystem::path table;  ///< --labels

  /// The column with a class; lines in which it is empty say nothing. The names of classes are any
  /// texts.
  std::string column = "label";

  /// The classes in their order, which numbers and quadratic kappa follow. Empty: those of the
  /// column, sorted by their bytes. Lines of other classes are then left out and counted.
  std::vector<std::string> classes;

  /// The column that says which lines belong together: the patient. Empty: each slide is a group of
  /// its own, which is said, since slides of one patient resemble each other. All tiles of a slide
  /// have one group; knn, fewshot and probe also take lines of tiles that are of several, as the
  /// spots of a tissue microarray are.
  std::string group;

  /// The column with "train", "validation" or "test" (and nothing: left out). Empty: none.
  std::string split;
};

}  // namespace histo
