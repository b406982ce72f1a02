#pragma once
/// Every name below the output folder, made and parsed here only. docs/formats.md shows the tree.
///
/// "output" is the folder that holds all slides, "folder" one slide's folder in it.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "histo/codec.hpp"
#include "histo/geometry.hpp"

namespace histo {

/// The name of a slide and of its folder: the file's name without its last extension, as Python's
/// pathlib sees one (neither ".tiff" nor "a." has any). Bytes are kept as they are, also where they
/// are not UTF-8. Throws Error(input) where that is no name for a folder of its own: empty, "." or
/// "..", a NUL, or a name that the output folder needs for something else.
std::string slide_name(const std::filesystem::path& slide);
std::filesystem::path slide_folder(const std::filesystem::path& output,
                                   const std::filesystem::path& slide);
/// The same with the name of the slide's parent folder before it, "cohort_slide", for slides whose
/// names repeat. Throws Error(input), too, where that is longer than a name may be.
std::filesystem::path slide_folder_with_parent(const std::filesystem::path& output,
                                               const std::filesystem::path& slide);

/// What histoprep writes into a slide's folder.
std::filesystem::path tile_table_file(const std::filesystem::path& folder);
std::filesystem::path properties_file(const std::filesystem::path& folder);
std::filesystem::path thumbnail_file(const std::filesystem::path& folder);
std::filesystem::path tissue_thumbnail_file(const std::filesystem::path& folder);
std::filesystem::path tiles_thumbnail_file(const std::filesystem::path& folder);
std::filesystem::path kept_thumbnail_file(const std::filesystem::path& folder);
std::filesystem::path spot_table_file(const std::filesystem::path& folder);
std::filesystem::path spots_thumbnail_file(const std::filesystem::path& folder);
std::filesystem::path tiles_folder(const std::filesystem::path& folder);
std::filesystem::path masks_folder(const std::filesystem::path& folder);
std::filesystem::path spots_folder(const std::filesystem::path& folder);
std::filesystem::path haematoxylin_folder(const std::filesystem::path& folder);
std::filesystem::path eosin_folder(const std::filesystem::path& folder);
/// All tiles in one file, and where each of them lies in it.
std::filesystem::path tile_tar_file(const std::filesystem::path& folder);
std::filesystem::path tile_tar_index_file(const std::filesystem::path& tar);

/// What histoencoder writes into a slide's folder.
std::filesystem::path features_file(const std::filesystem::path& folder);
/// The rows of a feature file that is not complete yet.
std::filesystem::path feature_log_file(const std::filesystem::path& folder);
std::filesystem::path cluster_table_file(const std::filesystem::path& folder);
std::filesystem::path cluster_overlay_file(const std::filesystem::path& folder, std::size_t k);
std::filesystem::path cluster_outline_file(const std::filesystem::path& folder, std::size_t k);

/// What belongs to all slides together.
std::filesystem::path run_file(const std::filesystem::path& output);
/// The records of all processes that worked here, and one of them:
/// "20261121T165700Z-<host>-<pid>-<random>.jsonl", `begun` as `utc` writes it.
std::filesystem::path runs_folder(const std::filesystem::path& output);
std::filesystem::path run_log_file(const std::filesystem::path& output, const std::string& begun,
                                   const std::string& host, std::int64_t pid, std::uint32_t random);
std::filesystem::path clustering_folder(const std::filesystem::path& output);
std::filesystem::path centroids_file(const std::filesystem::path& output);
std::filesystem::path cluster_summary_file(const std::filesystem::path& output);
std::filesystem::path contact_sheet_file(const std::filesystem::path& output, std::size_t k);
std::filesystem::path choice_of_k_file(const std::filesystem::path& output);

std::filesystem::path outliers_folder(const std::filesystem::path& output);
std::filesystem::path outlier_sheet_file(const std::filesystem::path& output, std::size_t cluster);

struct TileName {
  Rect rect;  ///< level-0 pixels
  ImageFormat format = ImageFormat::png;
};

/// "x0_y512_w512_h512.png". Throws Error(internal) for a negative place or an empty size, which no
/// name can say.
std::string tile_file_name(const Rect& rect, ImageFormat format);
/// "tiles/x0_y512_w512_h512.png", relative to the slide's folder.
std::string tile_path(const Rect& rect, ImageFormat format);

/// What a file, or a member of the tar, shows of a tile. Members of one tile have one key, all
/// before the first dot, and WebDataset makes one sample of them.
enum class TileMember { image, mask, haematoxylin, eosin };

/// "tiles/x0_y512_w512_h512.png", "masks/...", "haematoxylin/...", "eosin/...", relative to the
/// slide's folder.
std::string tile_path(const Rect& rect, TileMember member, ImageFormat format);
/// Only what `tile_file_name` can make: no sign, no leading zero, no other extension.
std::optional<TileName> parse_tile_file_name(std::string_view name);

/// "spots/spot_1_x0_y512_w512_h512.png", relative to the slide's folder. `name` is the spot's:
/// "spot_1", or "spot_1-2" for the second of several at one place. Throws as `tile_file_name`, and
/// Error(internal) for another name.
std::string spot_path(const std::string& name, const Rect& rect, ImageFormat format);
/// Whether `spot_path` can make this file name.
bool is_spot_file_name(std::string_view name);

/// "x0_y512_w512_h512.png", "x0_y512_w512_h512.mask.png", "x0_y512_w512_h512.haematoxylin.png",
/// "x0_y512_w512_h512.eosin.png". Throws as `tile_file_name`.
std::string tile_member_name(const Rect& rect, TileMember member, ImageFormat format);
/// Whether `tile_member_name` can make this name.
bool is_tile_member_name(std::string_view name);
/// "tiles.tar/x0_y512_w512_h512.png", relative to the slide's folder: a member as a path.
std::string tile_member_path(const std::string& member);

/// A path into a tar, taken apart.
struct TarPath {
  std::filesystem::path tar;
  std::string member;
};
/// For a path whose last folder is called as `tile_tar_file` is: a file in the tar, not in a
/// folder.
std::optional<TarPath> parse_tar_path(const std::filesystem::path& path);

/// The header of the label column in clusters.csv, "n_clusters=8" as HistoEncoder writes it, and
/// its k, at least 1.
std::string cluster_column(std::size_t k);
std::optional<std::size_t> parse_cluster_column(std::string_view name);

/// The dataset in centroids.h5, "k8", and its k, at least 1.
std::string centroids_dataset(std::size_t k);
std::optional<std::size_t> parse_centroids_dataset(std::string_view name);

/// The folders of all slides that histoprep has finished, sorted by their bytes: those that hold
/// metadata.csv. Throws Error(input) where a folder cannot be looked into.
std::vector<std::filesystem::path> slide_folders(const std::filesystem::path& output);

/// The folders that a slide might have and that hold no metadata.csv, sorted by their bytes. Throws
/// as `slide_folders`.
std::vector<std::filesystem::path> unfinished_folders(const std::filesystem::path& output);

/// The records in `runs_folder`, sorted; none where there is no such folder. Throws Error(input)
/// where it cannot be looked into.
std::vector<std::filesystem::path> run_log_files(const std::filesystem::path& output);

/// Names that `contact_sheet_file`, `choice_of_k_file`, `cluster_overlay_file` and
/// `cluster_outline_file` make, for every k.
bool is_cluster_picture(std::string_view name);
/// Whether core's temporary_name makes `name` of such a name, or of a table or mark of a
/// clustering.
bool is_cluster_leftover(std::string_view name);
/// A name that `outlier_sheet_file` makes.
bool is_outlier_sheet(std::string_view name);

/// Whether `name` is what core's temporary_name makes of `target`:
/// ".<target>.<host>-<pid>-<random>.part".
bool is_leftover_of(std::string_view name, std::string_view target);

/// ".claim": which process works on a folder.
std::filesystem::path claim_file(const std::filesystem::path& folder);
/// The second name of a claim while somebody replaces or removes the one with this token; without
/// one, the claim that cannot be understood.
std::filesystem::path claim_marker_file(const std::filesystem::path& folder,
                                        const std::string& token);
/// A claim that is not taken yet; another name at each call.
std::filesystem::path unborn_claim_file(const std::filesystem::path& folder);
/// 16 hexadecimal digits.
bool is_claim_token(std::string_view text);
bool is_unborn_claim(std::string_view name);
/// Any of these.
bool is_claim_name(std::string_view name);

/// A folder in a slide's folder for what is written before the slide is finished,
/// ".attempt.<host>-<pid>-<random>.part"; another name at each call.
std::filesystem::path attempt_folder(const std::filesystem::path& folder);
bool is_attempt_folder(std::string_view name);

}  // namespace histo
