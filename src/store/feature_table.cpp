#include "store/feature_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/file_writer.hpp"

namespace histo {

namespace {

constexpr std::array<const char*, 4> place_columns = {"x", "y", "w", "h"};

class FeatureTable : public ForeignWriter {
 public:
  FeatureTable(const std::filesystem::path& file, std::size_t dim) : dim_(dim), file_(file) {
    std::vector<std::string> header(place_columns.begin(), place_columns.end());
    for (std::size_t i = 0; i < dim; ++i) header.push_back("f" + std::to_string(i));
    file_.write(csv_line(header));
  }

  void append(const float* features, const std::vector<Rect>& places) override {
    std::string text;
    for (const Rect& place : places) {
      text += std::to_string(place.x) + ',' + std::to_string(place.y) + ',' +
              std::to_string(place.width) + ',' + std::to_string(place.height);
      for (std::size_t i = 0; i < dim_; ++i) {
        std::array<char, 32> digits{};
        const auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(), *features++).ptr;
        text += ',';
        text.append(digits.data(), end);
      }
      text += '\n';
    }
    file_.write(text);
  }

  void commit() override { file_.commit(); }

 private:
  std::size_t dim_;
  FileWriter file_;
};

/// One line at a time: a table of features is many times as large as they are.
class LineReader {
 public:
  explicit LineReader(const std::filesystem::path& file) : file_(file), stream_(file) {
    if (!stream_) throw Error(ErrorKind::input, file.string() + ": cannot be opened");
    if (!next()) throw Error(ErrorKind::input, file.string() + ": the table is empty");
    header_ = fields_;
    for (std::size_t i = 0; i < place_columns.size(); ++i) places_[i] = column(place_columns[i]);
    for (std::size_t i = 0; i < header_.size(); ++i) {
      const bool is_place = std::find(places_.begin(), places_.end(), i) != places_.end();
      if (!is_place && header_[i] != "path") features_.push_back(i);
    }
  }

  std::size_t dim() const { return features_.size(); }

  bool next() {
    std::string line;
    if (!std::getline(stream_, line)) return false;
    ++line_;
    const std::string place = file_.string() + ": line " + std::to_string(line_);
    if (line.empty()) throw Error(ErrorKind::input, place + ": is empty");
    fields_ = parse_csv(line + '\n', place).header;
    if (!header_.empty() && fields_.size() != header_.size()) {
      throw Error(ErrorKind::input, place + ": " + std::to_string(fields_.size()) +
                                        " fields, and the header has " +
                                        std::to_string(header_.size()));
    }
    return true;
  }

  Rect place() const {
    const Rect rect = {value<std::int64_t>(places_[0]), value<std::int64_t>(places_[1]),
                       value<std::int64_t>(places_[2]), value<std::int64_t>(places_[3])};
    if (rect.width < 1) fail(places_[2], "must be at least 1");
    if (rect.height < 1) fail(places_[3], "must be at least 1");
    return rect;
  }

  void features(float* out) const {
    for (const std::size_t i : features_) *out++ = value<float>(i);
  }

 private:
  std::size_t column(const char* name) const {
    CsvTable table;
    table.header = header_;
    table.source = file_.string();
    return table.column(name);
  }

  template <class Value>
  Value value(std::size_t at) const {
    const std::string& text = fields_[at];
    Value result{};
    const char* const text_end = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), text_end, result);
    if (end != text_end || error != std::errc()) {
      fail(at, std::is_integral_v<Value> ? "is not a whole number" : "is not a number");
    }
    return result;
  }

  [[noreturn]] void fail(std::size_t at, const std::string& what) const {
    throw Error(ErrorKind::input, file_.string() + ": line " + std::to_string(line_) + ": column " +
                                      header_[at] + ": '" + fields_[at] + "' " + what);
  }

  std::filesystem::path file_;
  std::ifstream stream_;
  std::vector<std::string> header_;
  std::vector<std::string> fields_;  // of the line read last
  std::size_t line_ = 0;
  std::array<std::size_t, 4> places_{};
  std::vector<std::size_t> features_;
};

}  // namespace

std::unique_ptr<ForeignWriter> write_feature_table(const std::filesystem::path& file,
                                                   std::size_t dim) {
  return std::make_unique<FeatureTable>(file, dim);
}

ForeignFeatures read_feature_table(const std::filesystem::path& file) {
  ForeignFeatures features;
  features.places.emplace();
  LineReader lines(file);
  features.dim = lines.dim();
  while (lines.next()) features.places->push_back(lines.place());
  features.rows = features.places->size();
  const auto again = std::make_shared<LineReader>(file);
  features.read = [again, file, dim = features.dim](std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; ++i) {
      if (!again->next()) {
        throw Error(ErrorKind::input, file.string() + ": became shorter while it was read");
      }
      again->features(out + i * dim);
    }
  };
  return features;
}

}  // namespace histo
