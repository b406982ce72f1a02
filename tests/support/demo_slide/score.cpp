#include "demo_slide/score.hpp"

#include <algorithm>
#include <iomanip>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include "histo/error.hpp"
#include "histo/kmeans.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"

namespace histo::demo {

namespace {

const std::string column_prefix = "n_clusters=";

std::int64_t integer(const std::string& text, const CsvTable& table, std::size_t row) {
  std::size_t used = 0;
  std::int64_t value = 0;
  try {
    value = std::stoll(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == 0 || used != text.size()) {
    throw Error(ErrorKind::input, table.source + " line " + std::to_string(table.lines[row]) +
                                      " holds '" + text + "' where a whole number is expected");
  }
  return value;
}

std::vector<Rect> tiles_of(const CsvTable& table) {
  const std::size_t x = table.column("x");
  const std::size_t y = table.column("y");
  const std::size_t w = table.column("w");
  const std::size_t h = table.column("h");
  std::vector<Rect> tiles;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::vector<std::string>& row = table.rows[i];
    tiles.push_back({integer(row[x], table, i), integer(row[y], table, i),
                     integer(row[w], table, i), integer(row[h], table, i)});
  }
  return tiles;
}

double purity(const std::vector<std::int32_t>& clusters, const std::vector<std::int32_t>& labels) {
  std::map<std::int32_t, std::map<std::int32_t, std::size_t>> counts;
  for (std::size_t i = 0; i < clusters.size(); ++i) ++counts[clusters[i]][labels[i]];
  std::size_t agreeing = 0;
  for (const auto& [cluster, by_label] : counts) {
    std::size_t most = 0;
    for (const auto& [label, count] : by_label) most = std::max(most, count);
    agreeing += most;
  }
  return static_cast<double>(agreeing) / static_cast<double>(clusters.size());
}

/// The scored tiles: which rows of the table they are, and the number of each one's label.
struct Scored {
  std::vector<std::size_t> rows;
  std::vector<std::int32_t> labels;
  std::size_t label_count = 0;
};

Scored label_tiles(const std::vector<Rect>& tiles, const std::vector<Region>& regions) {
  Scored scored;
  std::map<std::string, std::int32_t> numbers;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const std::optional<std::size_t> region = region_of(tiles[i], regions);
    if (!region) continue;
    const auto next = static_cast<std::int32_t>(numbers.size());
    scored.rows.push_back(i);
    scored.labels.push_back(numbers.emplace(regions[*region].label, next).first->second);
  }
  scored.label_count = numbers.size();
  return scored;
}

}  // namespace

std::vector<Region> read_truth(const std::filesystem::path& file) {
  const std::string text = read_text(file);
  std::vector<Region> regions;
  try {
    const nlohmann::json truth = nlohmann::json::parse(text);
    for (const nlohmann::json& item : truth.at("regions")) {
      regions.push_back({{item.at("x").get<std::int64_t>(), item.at("y").get<std::int64_t>(),
                          item.at("w").get<std::int64_t>(), item.at("h").get<std::int64_t>()},
                         item.at("label").get<std::string>()});
    }
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::input, file.string() + " is no truth of a slide: " + error.what());
  }
  return regions;
}

std::optional<std::size_t> region_of(const Rect& tile, const std::vector<Region>& regions) {
  const Rect centre{tile.x + tile.width / 2, tile.y + tile.height / 2, 1, 1};
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const Rect held = intersect(centre, regions[i].rect);
    if (held.width == 0 || held.height == 0) continue;
    const Rect common = intersect(tile, regions[i].rect);
    if (2 * common.width * common.height >= tile.width * tile.height) return i;
  }
  return std::nullopt;
}

Score score_clusters(const std::filesystem::path& truth, const std::filesystem::path& clusters) {
  const std::vector<Region> regions = read_truth(truth);
  const CsvTable table = parse_csv(read_text(clusters), clusters.string());
  const Scored scored = label_tiles(tiles_of(table), regions);
  if (scored.rows.empty()) {
    throw Error(ErrorKind::input,
                clusters.string() + " has no tile in any region of " + truth.string());
  }
  Score score;
  score.scored = scored.rows.size();
  score.left_out = table.rows.size() - scored.rows.size();
  score.labels = scored.label_count;
  for (std::size_t column = 0; column < table.header.size(); ++column) {
    if (table.header[column].rfind(column_prefix, 0) != 0) continue;
    std::vector<std::int32_t> found;
    for (const std::size_t row : scored.rows) {
      found.push_back(static_cast<std::int32_t>(integer(table.rows[row][column], table, row)));
    }
    score.agreements.push_back({table.header[column], adjusted_rand_index(found, scored.labels),
                                purity(found, scored.labels)});
  }
  if (score.agreements.empty()) {
    throw Error(ErrorKind::input,
                clusters.string() + " has no column that begins with '" + column_prefix + "'");
  }
  return score;
}

std::string describe(const Score& score) {
  std::ostringstream text;
  text << score.scored << " tiles lie in a region of known texture (" << score.labels
       << " textures); " << score.left_out << " lie in none and are left out\n"
       << std::left << std::setw(16) << "clusters" << std::right << std::setw(20)
       << "adjusted Rand index" << std::setw(9) << "purity"
       << "\n"
       << std::fixed << std::setprecision(3);
  for (const Agreement& agreement : score.agreements) {
    text << std::left << std::setw(16) << agreement.column << std::right << std::setw(20)
         << agreement.adjusted_rand << std::setw(9) << agreement.purity << "\n";
  }
  return text.str();
}

}  // namespace histo::demo
