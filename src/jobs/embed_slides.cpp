#include "jobs/embed_slides.hpp"

#include <algorithm>
#include <set>

#include "histo/error.hpp"
#include "histo/feature_store.hpp"
#include "histo/group_folds.hpp"

#include "core/csv.hpp"
#include "core/text.hpp"
#include "jobs/cluster_slides.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

std::string name_of(const std::filesystem::path& folder) { return folder.filename().string(); }

void check_names(const std::vector<std::filesystem::path>& folders) {
  for (std::size_t i = 1; i < folders.size(); ++i) {
    if (folders[i].filename() != folders[i - 1].filename()) continue;
    throw Error(ErrorKind::input, folders[i].string() + ": has the name of " +
                                      folders[i - 1].string() +
                                      ", so that the result could not tell them apart");
  }
}

/// What a table says of the slides, one after the other.
class TableReader {
 public:
  TableReader(const LabelOptions& options, EmbedSlides& slides)
      : table_(without_classes(options)), has_split_(!options.split.empty()), slides_(slides) {
    slides_.groups = table_.groups();
  }

  void add(const std::string& name, const FeatureReader& reader) {
    if (table_.of_tiles()) {
      add_tiles(name, reader.read_rects());
      return;
    }
    const LabelTable::Entry* const entry = table_.find(name, {});
    slides_.group.push_back(entry == nullptr ? -1 : entry->group);
    slides_.trains.push_back(!has_split_ || (entry != nullptr && trains(*entry)));
    slides_.training_rows.emplace_back();
    if (entry != nullptr) take(*entry);
  }

  void finish(const std::vector<std::string>& all_names) {
    slides_.unmatched = table_.unmatched(all_names);
    refuse_leak(names_of(learnt_from_), names_of(tried_on_));
  }

 private:
  static LabelOptions without_classes(LabelOptions options) {
    options.column.clear();
    options.classes.clear();
    return options;
  }

  static bool trains(const LabelTable::Entry& entry) { return entry.split == Split::train; }

  void add_tiles(const std::string& name, const std::vector<Rect>& rects) {
    std::int32_t group = -1;
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < rects.size(); ++row) {
      const LabelTable::Entry* const entry = table_.find(name, rects[row]);
      if (entry == nullptr) continue;
      group = entry->group;
      take(*entry);
      if (has_split_ && trains(*entry)) rows.push_back(row);
    }
    slides_.group.push_back(group);
    slides_.trains.push_back(!has_split_ || !rows.empty());
    slides_.training_rows.push_back(std::move(rows));
  }

  void take(const LabelTable::Entry& entry) {
    if (entry.split == Split::none) return;
    (trains(entry) ? learnt_from_ : tried_on_).insert(entry.group);
  }

  std::vector<std::string> names_of(const std::set<std::int32_t>& groups) const {
    std::vector<std::string> names;
    for (const std::int32_t group : groups) {
      names.push_back(slides_.groups[static_cast<std::size_t>(group)]);
    }
    return names;
  }

  LabelTable table_;
  bool has_split_;
  EmbedSlides& slides_;
  std::set<std::int32_t> learnt_from_;
  std::set<std::int32_t> tried_on_;
};

}  // namespace

EmbedSlides find_embed_slides(const EmbedJobOptions& options) {
  const std::vector<std::filesystem::path> folders = folders_by_name(options.inputs);
  check_names(folders);
  EmbedSlides slides;
  std::optional<TableReader> table;
  if (!options.labels.table.empty()) table.emplace(options.labels, slides);
  std::vector<std::string> all_names;
  for (const std::filesystem::path& folder : folders) {
    const std::string name = name_of(folder);
    all_names.push_back(name);
    if (!std::filesystem::exists(features_file(folder))) {
      slides.without_features.push_back(name);
      continue;
    }
    const FeatureReader reader(features_file(folder));
    if (reader.rows() == 0) {
      slides.without_tiles.push_back(name);
      continue;
    }
    slides.folders.push_back(folder);
    slides.names.push_back(name);
    if (table) {
      table->add(name, reader);
    } else {
      slides.group.push_back(-1);
      slides.trains.push_back(true);
      slides.training_rows.emplace_back();
    }
  }
  if (table) table->finish(all_names);
  if (slides.folders.empty()) {
    throw Error(ErrorKind::input, options.inputs.front().string() +
                                      ": no slide with features of a tile; 'histoencoder extract' "
                                      "makes them");
  }
  return slides;
}

std::string missing_slides(const EmbedSlides& slides) {
  std::string text = missing_table(slides.unmatched);
  for (const std::string& name : slides.without_features) {
    text += csv_line({"slide without features", name});
  }
  for (const std::string& name : slides.without_tiles) {
    text += csv_line({"slide without tiles", name});
  }
  return text;
}

void tell(const EmbedSlides& slides, Observer& observer) {
  tell(slides.unmatched, observer);
  const auto warn = [&observer](const std::vector<std::string>& names, const std::string& what) {
    if (names.empty()) return;
    observer.warn(count_of(names.size(), "slide") + " without " + what +
                  ", and so without a vector: " + names.front() + (names.size() > 1 ? ", .." : "") +
                  " (all in missing.csv)");
  };
  warn(slides.without_features, "features");
  warn(slides.without_tiles, "tiles");
}

}  // namespace histo
