#include "store/layout.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <system_error>

#include "histo/error.hpp"

#include "core/files.hpp"
#include "store/entries.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view tile_table_name = "metadata.csv";
constexpr std::string_view tiles_name = "tiles";
constexpr std::string_view run_name = "run.json";
constexpr std::string_view runs_name = "runs";
constexpr std::string_view clustering_name = "clustering";
constexpr std::string_view outliers_name = "outliers";
constexpr std::string_view cluster_table_name = "clusters.csv";
constexpr std::string_view cluster_summary_name = "summary.csv";
constexpr std::string_view centroids_name = "centroids.h5";
constexpr std::string_view masks_name = "masks";
constexpr std::string_view spots_name = "spots";
constexpr std::string_view haematoxylin_name = "haematoxylin";
constexpr std::string_view eosin_name = "eosin";
constexpr std::string_view tile_tar_name = "tiles.tar";
constexpr std::string_view overlay_start = "clusters_k";
constexpr std::string_view sheet_start = "contact_sheet_k";
constexpr std::string_view choice_of_k_name = "choice_of_k.png";
constexpr std::string_view claim_name = ".claim";
constexpr std::string_view unborn_claim_name = "claim";
constexpr std::string_view attempt_name = "attempt";
constexpr std::string_view no_token = "damaged";

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes digits from the front of `text`, written as std::to_string writes them.
template <class Integer>
std::optional<Integer> take_integer(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || (length > 1 && text.front() == '0')) return std::nullopt;
  text.remove_prefix(length);
  return value;
}

/// Whether `name` is `start`, a number from 0, and `end`.
bool is_numbered(std::string_view name, std::string_view start, std::string_view end) {
  if (!starts_with(name, start)) return false;
  name.remove_prefix(start.size());
  return take_integer<std::size_t>(name) && name == end;
}

std::optional<std::size_t> parse_k(std::string_view text, std::string_view prefix) {
  if (!starts_with(text, prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  const auto k = take_integer<std::size_t>(text);
  if (!k || *k == 0 || !text.empty()) return std::nullopt;
  return k;
}

/// Takes "spot_1" or "spot_1-2" from the front of `text`.
bool take_spot_name(std::string_view& text) {
  constexpr std::string_view start = "spot_";
  if (!starts_with(text, start)) return false;
  text.remove_prefix(start.size());
  const auto number = take_integer<std::size_t>(text);
  if (!number || *number == 0) return false;
  if (!starts_with(text, "-")) return true;
  text.remove_prefix(1);
  const auto twin = take_integer<std::size_t>(text);
  return twin && *twin > 0;
}

std::string_view label_of(TileMember member) {
  switch (member) {
    case TileMember::image:
      return "";
    case TileMember::mask:
      return "mask";
    case TileMember::haematoxylin:
      return haematoxylin_name;
    case TileMember::eosin:
      return eosin_name;
  }
  throw Error(ErrorKind::internal, "a tile has no such part");
}

std::string joined(std::string_view folder, const std::string& name) {
  return std::string(folder) + "/" + name;
}

std::optional<ImageFormat> parse_extension(std::string_view text) {
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::jpeg}) {
    if (text == "." + extension(format)) return format;
  }
  return std::nullopt;
}

enum class Table { there, missing };

std::vector<fs::path> folders_with(const fs::path& output, Table table) {
  std::vector<fs::path> folders;
  for (const fs::path& path : entries(output, ErrorKind::input)) {
    if (type_of(path, ErrorKind::input) != fs::file_type::directory) continue;
    const bool is_there =
        type_of(tile_table_file(path), ErrorKind::input) == fs::file_type::regular;
    if (is_there == (table == Table::there)) folders.push_back(path);
  }
  std::sort(folders.begin(), folders.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return folders;
}

}  // namespace

std::string slide_name(const fs::path& slide) {
  std::string name = slide.filename().string();
  const std::size_t dot = name.rfind('.');
  if (dot != std::string::npos && dot > 0 && dot + 1 < name.size()) name.resize(dot);
  if (name.find('\0') != std::string::npos) {
    throw Error(ErrorKind::input, std::string(slide.c_str()) + ": its name goes on after a NUL");
  }
  if (name.empty() || name == "." || name == "..") {
    throw Error(ErrorKind::input, slide.string() + ": the name of its output folder would be '" +
                                      name + "', which is none; rename the slide");
  }
  // With a "metadata.csv" in it the output folder would look like a slide's.
  if (name == run_name || name == runs_name || name == clustering_name || name == outliers_name ||
      name == tile_table_name) {
    throw Error(ErrorKind::input, slide.string() + ": the name '" + name +
                                      "' is needed in the output folder; rename the slide");
  }
  return name;
}

fs::path slide_folder(const fs::path& output, const fs::path& slide) {
  return output / slide_name(slide);
}

fs::path slide_folder_with_parent(const fs::path& output, const fs::path& slide) {
  const fs::path parent = fs::absolute(slide).lexically_normal().parent_path().filename();
  const std::string name = parent.string() + "_" + slide_name(slide);
  if (name.size() > NAME_MAX) {
    throw Error(ErrorKind::input, slide.string() + ": the name of its output folder would have " +
                                      std::to_string(name.size()) + " bytes, at most " +
                                      std::to_string(NAME_MAX) + " are possible; rename the slide");
  }
  return output / name;
}

fs::path tile_table_file(const fs::path& folder) { return folder / tile_table_name; }
fs::path properties_file(const fs::path& folder) { return folder / "properties.json"; }
fs::path thumbnail_file(const fs::path& folder) { return folder / "thumbnail.jpeg"; }
fs::path tissue_thumbnail_file(const fs::path& folder) { return folder / "thumbnail_tissue.jpeg"; }
fs::path tiles_thumbnail_file(const fs::path& folder) { return folder / "thumbnail_tiles.jpeg"; }
fs::path kept_thumbnail_file(const fs::path& folder) { return folder / "thumbnail_kept.jpeg"; }
fs::path spot_table_file(const fs::path& folder) { return folder / "spots.csv"; }
fs::path spots_thumbnail_file(const fs::path& folder) { return folder / "thumbnail_spots.jpeg"; }
fs::path tiles_folder(const fs::path& folder) { return folder / tiles_name; }
fs::path masks_folder(const fs::path& folder) { return folder / masks_name; }
fs::path spots_folder(const fs::path& folder) { return folder / spots_name; }
fs::path haematoxylin_folder(const fs::path& folder) { return folder / haematoxylin_name; }
fs::path eosin_folder(const fs::path& folder) { return folder / eosin_name; }
fs::path tile_tar_file(const fs::path& folder) { return folder / tile_tar_name; }
fs::path tile_tar_index_file(const fs::path& tar) { return tar.string() + ".index.csv"; }

fs::path features_file(const fs::path& folder) { return folder / "features.h5"; }
fs::path feature_log_file(const fs::path& folder) { return folder / "features.h5.part"; }
fs::path cluster_table_file(const fs::path& folder) { return folder / cluster_table_name; }
fs::path cluster_overlay_file(const fs::path& folder, std::size_t k) {
  return folder / (std::string(overlay_start) + std::to_string(k) + ".jpeg");
}
fs::path cluster_outline_file(const fs::path& folder, std::size_t k) {
  return folder / (std::string(overlay_start) + std::to_string(k) + ".geojson");
}

fs::path run_file(const fs::path& output) { return output / run_name; }
fs::path clustering_folder(const fs::path& output) { return output / clustering_name; }
fs::path centroids_file(const fs::path& output) {
  return clustering_folder(output) / centroids_name;
}
fs::path cluster_summary_file(const fs::path& output) {
  return clustering_folder(output) / cluster_summary_name;
}
fs::path contact_sheet_file(const fs::path& output, std::size_t k) {
  return clustering_folder(output) / (std::string(sheet_start) + std::to_string(k) + ".jpeg");
}
fs::path choice_of_k_file(const fs::path& output) {
  return clustering_folder(output) / choice_of_k_name;
}

fs::path outliers_folder(const fs::path& output) { return output / outliers_name; }
fs::path outlier_sheet_file(const fs::path& output, std::size_t cluster) {
  return outliers_folder(output) / ("cluster_" + std::to_string(cluster) + ".jpeg");
}

std::string tile_file_name(const Rect& rect, ImageFormat format) {
  if (rect.x < 0 || rect.y < 0 || rect.width < 1 || rect.height < 1) {
    throw Error(ErrorKind::internal, "a tile at x " + std::to_string(rect.x) + ", y " +
                                         std::to_string(rect.y) + " of " +
                                         std::to_string(rect.width) + " x " +
                                         std::to_string(rect.height) + " pixels has no file name");
  }
  return "x" + std::to_string(rect.x) + "_y" + std::to_string(rect.y) + "_w" +
         std::to_string(rect.width) + "_h" + std::to_string(rect.height) + "." + extension(format);
}

std::string tile_path(const Rect& rect, ImageFormat format) {
  return joined(tiles_name, tile_file_name(rect, format));
}

std::string tile_path(const Rect& rect, TileMember member, ImageFormat format) {
  constexpr std::array<std::string_view, 4> folders = {tiles_name, masks_name, haematoxylin_name,
                                                       eosin_name};
  return joined(folders[static_cast<std::size_t>(member)], tile_file_name(rect, format));
}

std::optional<TileName> parse_tile_file_name(std::string_view name) {
  constexpr std::array<std::string_view, 4> labels = {"x", "_y", "_w", "_h"};
  std::array<std::int64_t, 4> values{};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!starts_with(name, labels[i])) return std::nullopt;
    name.remove_prefix(labels[i].size());
    const auto value = take_integer<std::int64_t>(name);
    if (!value) return std::nullopt;
    values[i] = *value;
  }
  const auto format = parse_extension(name);
  if (!format || values[2] == 0 || values[3] == 0) return std::nullopt;
  return TileName{{values[0], values[1], values[2], values[3]}, *format};
}

std::string spot_path(const std::string& name, const Rect& rect, ImageFormat format) {
  std::string_view rest = name;
  if (!take_spot_name(rest) || !rest.empty()) {
    throw Error(ErrorKind::internal, "'" + name + "' is no spot's name");
  }
  return joined(spots_name, name + "_" + tile_file_name(rect, format));
}

bool is_spot_file_name(std::string_view name) {
  if (!take_spot_name(name) || !starts_with(name, "_")) return false;
  return parse_tile_file_name(name.substr(1)).has_value();
}

std::string tile_member_name(const Rect& rect, TileMember member, ImageFormat format) {
  std::string name = tile_file_name(rect, format);
  const std::string_view label = label_of(member);
  if (!label.empty()) name.insert(name.find('.'), "." + std::string(label));
  return name;
}

bool is_tile_member_name(std::string_view name) {
  const std::size_t dot = name.find('.');
  const std::size_t last = name.rfind('.');
  if (dot == last) return parse_tile_file_name(name).has_value();
  const std::string_view label = name.substr(dot + 1, last - dot - 1);
  const bool known = label == "mask" || label == haematoxylin_name || label == eosin_name;
  const std::string image = std::string(name.substr(0, dot)) + std::string(name.substr(last));
  return known && parse_tile_file_name(image);
}

std::string tile_member_path(const std::string& member) { return joined(tile_tar_name, member); }

std::optional<TarPath> parse_tar_path(const fs::path& path) {
  const fs::path tar = path.parent_path();
  if (tar.filename() != tile_tar_name) return std::nullopt;
  return TarPath{tar, path.filename().string()};
}

std::string cluster_column(std::size_t k) { return "n_clusters=" + std::to_string(k); }

std::optional<std::size_t> parse_cluster_column(std::string_view name) {
  return parse_k(name, "n_clusters=");
}

std::string centroids_dataset(std::size_t k) { return "k" + std::to_string(k); }

std::optional<std::size_t> parse_centroids_dataset(std::string_view name) {
  return parse_k(name, "k");
}

std::vector<fs::path> slide_folders(const fs::path& output) {
  return folders_with(output, Table::there);
}

std::vector<fs::path> unfinished_folders(const fs::path& output) {
  std::vector<fs::path> folders = folders_with(output, Table::missing);
  const auto is_another = [&output](const fs::path& folder) {
    return folder == runs_folder(output) || folder == clustering_folder(output) ||
           folder == outliers_folder(output) || folder.filename().native().front() == '.';
  };
  folders.erase(std::remove_if(folders.begin(), folders.end(), is_another), folders.end());
  return folders;
}

bool is_cluster_picture(std::string_view name) {
  return name == choice_of_k_name || is_numbered(name, overlay_start, ".jpeg") ||
         is_numbered(name, overlay_start, ".geojson") || is_numbered(name, sheet_start, ".jpeg");
}

bool is_outlier_sheet(std::string_view name) { return is_numbered(name, "cluster_", ".jpeg"); }

bool is_leftover_of(std::string_view name, std::string_view target) {
  const std::string prefix = "." + std::string(target) + ".";
  constexpr std::string_view suffix = ".part";
  if (name.size() < prefix.size() + suffix.size()) return false;
  if (!starts_with(name, prefix) || !ends_with(name, suffix)) return false;
  name.remove_prefix(prefix.size());
  name.remove_suffix(suffix.size());
  for (int number = 0; number < 2; ++number) {
    const std::size_t dash = name.rfind('-');
    if (dash == std::string_view::npos || dash + 1 == name.size()) return false;
    if (!std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dash) + 1, name.end(), is_digit)) {
      return false;
    }
    name = name.substr(0, dash);
  }
  return !name.empty();
}

bool is_cluster_leftover(std::string_view name) {
  // A host's name may have dots: the target may end at any.
  for (std::size_t dot = name.find('.', 1); dot < name.size(); dot = name.find('.', dot + 1)) {
    const std::string_view target = name.substr(1, dot - 1);
    const bool is_known = is_cluster_picture(target) || target == cluster_table_name ||
                          target == centroids_name || target == cluster_summary_name;
    if (is_known && is_leftover_of(name, target)) return true;
  }
  return false;
}

fs::path claim_file(const fs::path& folder) { return folder / claim_name; }
fs::path claim_marker_file(const fs::path& folder, const std::string& token) {
  return folder / (std::string(claim_name) + "." + (token.empty() ? std::string(no_token) : token));
}
fs::path unborn_claim_file(const fs::path& folder) {
  return temporary_name(folder / unborn_claim_name);
}

bool is_claim_token(std::string_view text) {
  constexpr std::size_t digits = 16;
  return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f');
         });
}

bool is_unborn_claim(std::string_view name) { return is_leftover_of(name, unborn_claim_name); }

bool is_claim_name(std::string_view name) {
  if (name == claim_name || is_unborn_claim(name)) return true;
  if (!starts_with(name, claim_name)) return false;
  name.remove_prefix(claim_name.size());
  if (!starts_with(name, ".")) return false;
  name.remove_prefix(1);
  return name == no_token || is_claim_token(name);
}

fs::path attempt_folder(const fs::path& folder) { return temporary_name(folder / attempt_name); }
bool is_attempt_folder(std::string_view name) { return is_leftover_of(name, attempt_name); }

}  // namespace histo
