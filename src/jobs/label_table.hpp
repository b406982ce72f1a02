#pragma once
/// The table behind histo/labels.hpp, looked up by slide and place.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/labels.hpp"
#include "histo/observer.hpp"

#include "core/csv.hpp"

namespace histo {

enum class Split { none, train, validation, test };

/// Keys that one side has and the other has not. Nothing is dropped without being counted here.
struct Unmatched {
  std::vector<std::string> unknown_slides;     ///< of the table, without a folder in the inputs
  std::vector<std::string> unlabelled_slides;  ///< of the inputs, of which the table says nothing
  std::vector<std::string> unknown_tiles;      ///< "slide x y" of the table, without a tile there
  std::vector<std::string> empty_slides;       ///< labelled, and without a row of features
  std::size_t unlabelled_tiles = 0;            ///< of slides that the table knows
  std::size_t other_classes = 0;               ///< lines of classes that were not asked for
};
/// A warning for each kind that there is, with how many and the first names.
void tell(const Unmatched& unmatched, Observer& observer);
/// missing.csv: columns what, key; a header alone where nothing is missing.
std::string missing_table(const Unmatched& unmatched);

/// Whether all tiles of a slide are of one group, or may be of several: the spots of a tissue
/// microarray are of many patients.
enum class GroupsOf { slides, tiles };

class LabelTable {
 public:
  /// Throws Error(input) naming the file, the line and what is wrong: a column that is not there, a
  /// tile or slide twice, a slide in two groups where groups are of slides, a word of the split
  /// that is none.
  explicit LabelTable(const LabelOptions& options, GroupsOf groups_of = GroupsOf::slides);

  struct Entry {
    std::int32_t label = -1;  ///< of `classes()`; -1: none
    std::int32_t group = -1;  ///< of `groups()`
    Split split = Split::none;
  };

  /// What is said of the tile with its top left there; nullptr: nothing. Remembers that it was
  /// asked for.
  const Entry* find(const std::string& slide, const Rect& tile);
  bool knows(const std::string& slide) const;

  bool of_tiles() const { return of_tiles_; }  ///< a line a tile, not a slide
  const std::vector<std::string>& classes() const { return classes_; }
  const std::vector<std::string>& groups() const { return groups_; }

  /// After all tiles of `slides` have been asked for.
  Unmatched unmatched(const std::vector<std::string>& slides) const;

 private:
  struct Line {
    Entry entry;
    bool found = false;
  };
  struct Columns;
  Entry entry_of(const CsvTable& table, std::size_t row, const Columns& columns);
  static void check_group(const CsvTable& table, std::size_t first, std::size_t row,
                          const Columns& columns);
  void add(const CsvTable& table, std::size_t row, const Columns& columns, const Entry& entry);

  using Places = std::map<std::pair<std::int64_t, std::int64_t>, Line>;

  bool of_tiles_ = false;
  std::vector<std::string> classes_;
  std::vector<std::string> groups_;
  std::map<std::string, Places> slides_;  ///< of whole slides: at (0, 0)
  std::size_t other_classes_ = 0;
  std::size_t unlabelled_ = 0;
};

}  // namespace histo
