#include "jobs/labelled_tiles.hpp"

#include <algorithm>

#include "histo/error.hpp"
#include "histo/feature_store.hpp"

#include "jobs/cluster_slides.hpp"
#include "jobs/table_rows.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

std::string name_of(const std::filesystem::path& folder) { return folder.filename().string(); }

std::string text_of(const FeatureSource& source) {
  std::string text = source.encoder.empty() ? "an unnamed model" : source.encoder;
  if (!source.model_sha256.empty()) text += " " + source.model_sha256.substr(0, 8);
  if (!source.pooling.empty()) text += ", pooling " + source.pooling;
  return text + ", " + std::to_string(source.dim) + " values";
}

/// Which rows of a slide have a label.
struct Chosen {
  std::vector<std::size_t> rows;
  std::vector<LabelTable::Entry> entries;
};

Chosen labelled_rows(const std::string& slide, const std::vector<Rect>& rects, LabelTable& table) {
  Chosen chosen;
  for (std::size_t row = 0; row < rects.size(); ++row) {
    const LabelTable::Entry* const entry = table.find(slide, rects[row]);
    if (entry == nullptr || entry->label < 0) continue;
    chosen.rows.push_back(row);
    chosen.entries.push_back(*entry);
  }
  return chosen;
}

void append_features(const FeatureReader& reader, const std::vector<std::size_t>& rows,
                     std::vector<float>& features) {
  const std::size_t dim = reader.dim();
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t end = i + 1;  // of the rows that lie together in the file
    while (end < rows.size() && rows[end] == rows[end - 1] + 1) ++end;
    const std::size_t at = features.size();
    features.resize(at + (end - i) * dim);
    reader.read(rows[i], end - i, features.data() + at);
    i = end;
  }
}

void append_slide(const std::filesystem::path& folder, LabelTable& table, bool has_split,
                  LabelledTiles& tiles, std::vector<std::string>& empty) {
  const FeatureReader reader(features_file(folder));
  if (reader.rows() == 0) empty.push_back(name_of(folder));
  const std::vector<Rect> rects = reader.read_rects();
  const Chosen chosen = labelled_rows(name_of(folder), rects, table);
  append_features(reader, chosen.rows, tiles.features);
  const auto slide = static_cast<std::uint32_t>(tiles.slides.size() - 1);
  for (std::size_t i = 0; i < chosen.rows.size(); ++i) {
    const LabelTable::Entry& entry = chosen.entries[i];
    tiles.slide.push_back(slide);
    tiles.rects.push_back(rects[chosen.rows[i]]);
    tiles.group.push_back(entry.group);
    tiles.label.push_back(entry.label);
    if (has_split) tiles.split.push_back(entry.split);
  }
}

void check_classes(const LabelledTiles& tiles, const std::filesystem::path& table,
                   bool are_asked_for) {
  if (tiles.tiles() == 0) {
    throw Error(ErrorKind::input,
                table.string() + ": none of its labels is of a tile of the inputs; its column " +
                    "'slide' must hold the names of the slides' folders");
  }
  for (std::size_t c = 0; are_asked_for && c < tiles.classes.size(); ++c) {
    const auto label = static_cast<std::int32_t>(c);
    if (std::find(tiles.label.begin(), tiles.label.end(), label) != tiles.label.end()) continue;
    throw Error(ErrorKind::input, table.string() + ": no tile of the inputs has the class '" +
                                      tiles.classes[c] + "' of --classes");
  }
}

/// Classes of the table that no tile has would be columns of zeros everywhere.
void drop_absent_classes(LabelledTiles& tiles) {
  std::vector<std::int32_t> numbers(tiles.classes.size(), -1);
  for (const std::int32_t label : tiles.label) numbers[static_cast<std::size_t>(label)] = 0;
  std::vector<std::string> present;
  for (std::size_t c = 0; c < numbers.size(); ++c) {
    if (numbers[c] < 0) continue;
    numbers[c] = static_cast<std::int32_t>(present.size());
    present.push_back(tiles.classes[c]);
  }
  for (std::int32_t& label : tiles.label) label = numbers[static_cast<std::size_t>(label)];
  tiles.classes = std::move(present);
}

}  // namespace

FeatureSource source_of(const StoredRows& rows) {
  return {rows.encoder(), rows.model_sha256(), rows.pooling(), rows.dim()};
}

void check_same_source(const FeatureSource& fitted_on, const std::filesystem::path& fitted_file,
                       const FeatureSource& found) {
  const bool same = fitted_on.encoder == found.encoder &&
                    fitted_on.model_sha256 == found.model_sha256 &&
                    fitted_on.pooling == found.pooling && fitted_on.dim == found.dim;
  if (same) return;
  throw Error(ErrorKind::input, fitted_file.string() + ": was fitted on features of " +
                                    text_of(fitted_on) + ", and the inputs have features of " +
                                    text_of(found));
}

LabelledTiles read_labelled_tiles(const std::vector<std::filesystem::path>& inputs,
                                  const LabelOptions& options, GroupsOf groups_of) {
  LabelTable table(options, groups_of);
  const std::vector<std::filesystem::path> folders = folders_by_name(inputs);
  LabelledTiles tiles;
  tiles.classes = table.classes();
  tiles.groups = table.groups();
  for (std::size_t i = 0; i < folders.size(); ++i) {
    tiles.slides.push_back(name_of(folders[i]));
    if (i > 0 && tiles.slides[i] == tiles.slides[i - 1]) {
      throw Error(ErrorKind::input, folders[i].string() + ": has the name of " +
                                        folders[i - 1].string() +
                                        ", so that labels cannot tell them apart");
    }
  }
  const std::vector<std::string> names = std::move(tiles.slides);
  tiles.slides.clear();
  std::vector<std::filesystem::path> wanted;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    if (table.knows(names[i])) wanted.push_back(folders[i]);
  }
  if (!wanted.empty()) tiles.source = source_of(StoredRows(wanted));
  std::vector<std::string> empty;
  for (const std::filesystem::path& folder : wanted) {
    tiles.slides.push_back(name_of(folder));
    append_slide(folder, table, !options.split.empty(), tiles, empty);
  }
  tiles.unmatched = table.unmatched(names);
  tiles.unmatched.empty_slides = std::move(empty);
  check_classes(tiles, options.table, !options.classes.empty());
  drop_absent_classes(tiles);
  return tiles;
}

LabelledTiles tiles_at(const LabelledTiles& tiles, const std::vector<std::size_t>& places) {
  LabelledTiles some;
  some.source = tiles.source;
  some.slides = tiles.slides;
  some.groups = tiles.groups;
  some.classes = tiles.classes;
  some.slide = values_at(tiles.slide, places);
  some.rects = values_at(tiles.rects, places);
  some.group = values_at(tiles.group, places);
  some.label = values_at(tiles.label, places);
  some.split = values_at(tiles.split, places);
  const std::size_t dim = tiles.source.dim;
  some.features.reserve(places.size() * dim);
  for (const std::size_t place : places) {
    const auto row = tiles.features.begin() + static_cast<std::ptrdiff_t>(place * dim);
    some.features.insert(some.features.end(), row, row + static_cast<std::ptrdiff_t>(dim));
  }
  return some;
}

}  // namespace histo
