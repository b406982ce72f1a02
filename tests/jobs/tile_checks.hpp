#pragma once
/// What the tests of the tile job ask of a slide's folder, and the slides that they cut.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "histo/image.hpp"
#include "histo/tile_table.hpp"

#include "jobs/jobs_fixture.hpp"
#include "store/records.hpp"

namespace histo::test {

RunReport cut_tiles(const TileJobOptions& options, Listener& listener);
RunReport cut_tiles(const TileJobOptions& options);

/// The reason of the only slide that failed; "no slide failed" or "several failed" otherwise.
std::string failure_of(const TileJobOptions& options);

TileTable table_of(const std::filesystem::path& folder);
SlideRecord record_of(const std::filesystem::path& folder);

/// The cells of one column.
std::vector<std::string> column_of(const TileTable& table, const std::string& name);

/// A tile, mask or stain as it was written.
Image image_of(const std::filesystem::path& folder, const std::string& path);

/// All tiles' pixels, in the order of the table, from wherever they are.
std::vector<std::vector<std::uint8_t>> tiles_of(const std::filesystem::path& folder);

using Contents = std::vector<std::pair<std::string, std::string>>;

/// The names of the files that only one of the trees has, or that differ.
std::vector<std::string> differing(const Contents& one, const Contents& other);

/// Tissue in two stains on pale glass: haematoxylin in blocks of 32 pixels, eosin between them,
/// both in amounts that vary.
Image stained_tissue(Size size, const Rect& tissue);

/// Round spots of tissue of a radius on pale glass.
struct Disc {
  std::int64_t x;
  std::int64_t y;
};
Image disc_image(Size size, const std::vector<Disc>& discs, std::int64_t radius);

/// Three levels, each half as large, of a file that states its micrometres a pixel.
void write_stated_slide(const std::filesystem::path& file, const Image& image,
                        const std::string& mpp);

}  // namespace histo::test
