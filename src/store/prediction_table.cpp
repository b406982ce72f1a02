#include "store/prediction_table.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

constexpr std::string_view probability_prefix = "p=";

void check_block(const PredictionTable& block) {
  const std::size_t rows = block.rows();
  const auto fits = [rows](std::size_t size) { return size == 0 || size == rows; };
  const bool probable =
      block.probabilities.rows == 0 ||
      (block.probabilities.rows == rows && block.probabilities.columns == block.classes.size());
  if (block.slide.size() != rows || !fits(block.rects.size()) || !fits(block.group.size()) ||
      !fits(block.fold.size()) || !fits(block.truth.size()) || !probable) {
    throw Error(ErrorKind::internal, "each prediction needs one entry in each column");
  }
}

std::vector<std::string> header_of(const PredictionTable& block) {
  std::vector<std::string> names{"slide"};
  if (!block.rects.empty()) names.insert(names.end(), {"x", "y", "w", "h"});
  if (!block.group.empty()) names.emplace_back("group");
  if (!block.fold.empty()) names.emplace_back("fold");
  if (!block.truth.empty()) names.emplace_back("truth");
  names.emplace_back("predicted");
  if (block.probabilities.rows == 0) return names;
  for (const std::string& name : block.classes) {
    names.push_back(std::string(probability_prefix) + name);
  }
  return names;
}

std::string name_at(const std::vector<std::string>& names, std::int32_t index) {
  return index < 0 ? std::string() : names.at(static_cast<std::size_t>(index));
}

std::vector<std::string> cells_of(const PredictionTable& block, std::size_t row) {
  std::vector<std::string> cells{block.slides.at(block.slide[row])};
  if (!block.rects.empty()) {
    const Rect& rect = block.rects[row];
    for (const std::int64_t value : {rect.x, rect.y, rect.width, rect.height}) {
      cells.push_back(std::to_string(value));
    }
  }
  if (!block.group.empty()) cells.push_back(name_at(block.groups, block.group[row]));
  if (!block.fold.empty()) {
    cells.push_back(block.fold[row] < 0 ? "" : std::to_string(block.fold[row]));
  }
  if (!block.truth.empty()) cells.push_back(name_at(block.classes, block.truth[row]));
  cells.push_back(name_at(block.classes, block.predicted[row]));
  if (block.probabilities.rows == 0) return cells;
  for (std::size_t c = 0; c < block.classes.size(); ++c) {
    cells.push_back(number(block.probabilities.at(row, c)));
  }
  return cells;
}

/// Texts given numbers in the order in which they come.
class Names {
 public:
  std::int32_t index_of(const std::string& name) {
    const auto [found, is_new] = places_.emplace(name, static_cast<std::int32_t>(names_.size()));
    if (is_new) names_.push_back(name);
    return found->second;
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::map<std::string, std::int32_t> places_;
  std::vector<std::string> names_;
};

class Reader {
 public:
  explicit Reader(const CsvTable& table)
      : table_(table),
        slide_(table.column("slide")),
        predicted_(table.column("predicted")),
        truth_(found("truth")),
        group_(found("group")),
        fold_(found("fold")) {
    if (found("x") || found("y") || found("w") || found("h")) {
      for (const char* name : {"x", "y", "w", "h"}) place_.push_back(table.column(name));
    }
    read_classes();
  }

  PredictionTable read() {
    for (std::size_t row = 0; row < table_.rows.size(); ++row) read_row(row);
    predictions_.slides = slides_.take();
    predictions_.groups = groups_.take();
    return std::move(predictions_);
  }

 private:
  std::optional<std::size_t> found(std::string_view name) const {
    const auto at = std::find(table_.header.begin(), table_.header.end(), name);
    if (at == table_.header.end()) return std::nullopt;
    return static_cast<std::size_t>(at - table_.header.begin());
  }

  [[noreturn]] void fail(std::size_t row, std::size_t column, const std::string& what) const {
    throw Error(ErrorKind::input, table_.source + ": line " + std::to_string(table_.lines[row]) +
                                      ": column " + table_.header[column] + ": '" +
                                      table_.rows[row][column] + "' " + what);
  }

  void read_classes() {
    std::vector<std::string> classes;
    for (std::size_t column = 0; column < table_.header.size(); ++column) {
      const std::string& name = table_.header[column];
      if (name.compare(0, probability_prefix.size(), probability_prefix) != 0) continue;
      probabilities_.push_back(column);
      classes.push_back(name.substr(probability_prefix.size()));
    }
    if (probabilities_.empty()) {
      std::set<std::string> names;
      for (const auto& row : table_.rows) {
        names.insert(row[predicted_]);
        if (truth_) names.insert(row[*truth_]);
      }
      names.erase("");
      classes.assign(names.begin(), names.end());
    }
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const bool is_new = classes_.emplace(classes[c], static_cast<std::int32_t>(c)).second;
      if (!is_new) {
        throw Error(ErrorKind::input,
                    table_.source + ": the column p=" + classes[c] + " is there twice");
      }
    }
    predictions_.classes = std::move(classes);
    if (probabilities_.empty()) return;
    predictions_.probabilities = DoubleMatrix(table_.rows.size(), probabilities_.size());
  }

  std::int64_t integer(std::size_t row, std::size_t column) const {
    const std::string& text = table_.rows[row][column];
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (stop != end || error != std::errc()) fail(row, column, "is not a whole number");
    return value;
  }

  double probability(std::size_t row, std::size_t column) const {
    const std::string& text = table_.rows[row][column];
    double value = 0.0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool is_number = stop == end && error == std::errc();
    if (!is_number || !(value >= 0.0 && value <= 1.0)) {
      fail(row, column, "is not a number from 0 to 1");
    }
    return value;
  }

  std::int32_t class_at(std::size_t row, std::size_t column) const {
    const std::string& name = table_.rows[row][column];
    if (name.empty()) return -1;
    const auto place = classes_.find(name);
    if (place == classes_.end()) fail(row, column, "has no column p=" + name);
    return place->second;
  }

  void read_row(std::size_t row) {
    const std::vector<std::string>& cells = table_.rows[row];
    predictions_.slide.push_back(static_cast<std::uint32_t>(slides_.index_of(cells[slide_])));
    if (!place_.empty()) {
      predictions_.rects.push_back({integer(row, place_[0]), integer(row, place_[1]),
                                    integer(row, place_[2]), integer(row, place_[3])});
    }
    if (group_) {
      const std::string& name = cells[*group_];
      predictions_.group.push_back(name.empty() ? -1 : groups_.index_of(name));
    }
    if (fold_) {
      const bool none = cells[*fold_].empty();
      predictions_.fold.push_back(none ? -1 : static_cast<std::int32_t>(integer(row, *fold_)));
    }
    if (truth_) predictions_.truth.push_back(class_at(row, *truth_));
    predictions_.predicted.push_back(class_at(row, predicted_));
    for (std::size_t c = 0; c < probabilities_.size(); ++c) {
      predictions_.probabilities.at(row, c) = probability(row, probabilities_[c]);
    }
  }

  const CsvTable& table_;
  std::size_t slide_;
  std::size_t predicted_;
  std::optional<std::size_t> truth_;
  std::optional<std::size_t> group_;
  std::optional<std::size_t> fold_;
  std::vector<std::size_t> place_;
  std::vector<std::size_t> probabilities_;
  std::map<std::string, std::int32_t> classes_;
  Names slides_;
  Names groups_;
  PredictionTable predictions_;
};

}  // namespace

void PredictionWriter::append(const PredictionTable& block) {
  check_block(block);
  if (!has_header_) file_.write(csv_line(header_of(block)));
  has_header_ = true;
  std::string text;
  for (std::size_t row = 0; row < block.rows(); ++row) text += csv_line(cells_of(block, row));
  file_.write(text);
}

PredictionTable read_predictions(const std::filesystem::path& file) {
  const CsvTable table = parse_csv(read_text(file), file.string());
  return Reader(table).read();
}

}  // namespace histo
