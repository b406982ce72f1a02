#include "slide/tiled_jpeg_source.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "histo/error.hpp"

namespace histo {

namespace {

constexpr int largest_reduction = 8;

std::int64_t ceil_divide(std::int64_t value, std::int64_t by) {
  return value / by + (value % by > 0 ? 1 : 0);
}

/// Copies what is in `part` from pixels at the place `from` to an image at the place `to`.
void copy_part(const Rect& part, const ImageView& pixels, const Rect& from, Image& image,
               const Rect& to) {
  const Rect common = intersect(part, from);
  for (std::int64_t y = common.y; y < common.y + common.height; ++y) {
    std::memcpy(image.row(y - to.y) + 3 * (common.x - to.x),
                pixels.row(y - from.y) + 3 * (common.x - from.x),
                3 * static_cast<std::size_t>(common.width));
  }
}

/// Calls act(block) for each block that the region meets, whose sides and place are in pixels of
/// the level shrunk by `reduction`.
template <class Act>
void for_blocks(const JpegLevel& level, int reduction, const Rect& region, const Act& act) {
  if (region.width < 1 || region.height < 1) return;
  const Size block{level.block.width / reduction, level.block.height / reduction};
  const std::int64_t right = (region.x + region.width - 1) / block.width;
  const std::int64_t bottom = (region.y + region.height - 1) / block.height;
  for (std::int64_t row = region.y / block.height; row <= bottom; ++row) {
    for (std::int64_t column = region.x / block.width; column <= right; ++column) {
      act(static_cast<std::size_t>(row * level.across + column));
    }
  }
}

Rect shrunk(const Rect& place, int reduction) {
  return {place.x / reduction, place.y / reduction, place.width / reduction,
          place.height / reduction};
}

/// The mean of each reduction x reduction pixels that lie within `inside`, rounded; unset where
/// none does.
void mean_of(const ImageView& pixels, Size inside, int reduction, std::uint8_t* small,
             std::size_t stride) {
  for (std::int64_t y = 0; y * reduction < inside.height; ++y) {
    for (std::int64_t x = 0; x * reduction < inside.width; ++x) {
      const std::int64_t right = std::min((x + 1) * reduction, inside.width);
      const std::int64_t bottom = std::min((y + 1) * reduction, inside.height);
      std::int64_t sums[3] = {};
      for (std::int64_t row = y * reduction; row < bottom; ++row) {
        const std::uint8_t* pixel = pixels.row(row) + 3 * x * reduction;
        for (std::int64_t column = x * reduction; column < right; ++column) {
          for (std::int64_t& sum : sums) sum += *pixel++;
        }
      }
      const std::int64_t count = (right - x * reduction) * (bottom - y * reduction);
      std::uint8_t* mean = small + static_cast<std::size_t>(y) * stride + 3 * x;
      for (const std::int64_t sum : sums) {
        *mean++ = static_cast<std::uint8_t>((sum + count / 2) / count);
      }
    }
  }
}

/// The level's pixel at which OpenSlide begins; nothing where it would lie between two.
std::optional<std::int64_t> exact_pixel(std::int64_t at, double downsample) {
  const double pixel = static_cast<double>(at) / downsample;
  if (std::abs(pixel) > 1e15 || pixel != std::floor(pixel)) return std::nullopt;
  return static_cast<std::int64_t>(pixel);
}

// OpenSlide reads larger regions piece by piece, each from a whole level-0 pixel on.
bool in_one_piece(Size size, double downsample) {
  constexpr std::int64_t piece = 4096;
  const double step = static_cast<double>(piece) * downsample;
  return step == std::floor(step) || (size.width <= piece && size.height <= piece);
}

}  // namespace

TiledJpegSource::TiledJpegSource(const std::filesystem::path& path,
                                 std::unique_ptr<PixelSource> openslide,
                                 std::vector<JpegLevel>&& levels)
    : file_(path),
      openslide_(std::move(openslide)),
      levels_(std::move(levels)),
      cache_(cache_bytes) {
  const Size full = levels_.front().size;
  for (const JpegLevel& level : levels_) {
    const auto ratio = [](std::int64_t a, std::int64_t b) {
      return static_cast<double>(a) / static_cast<double>(b);
    };
    downsamples_.push_back(
        (ratio(full.height, level.size.height) + ratio(full.width, level.size.width)) / 2.0);
  }
}

Image TiledJpegSource::read(std::int64_t x, std::int64_t y, Size size, int level) const {
  const double downsample = downsamples_[static_cast<std::size_t>(level)];
  const auto left = exact_pixel(x, downsample);
  const auto top = exact_pixel(y, downsample);
  if (left && top && in_one_piece(size, downsample)) {
    return read_reduced(*left, *top, size, level, 1);
  }
  // OpenSlide interpolates between pixels here, and would paper over damage.
  const auto floor = [downsample](std::int64_t at) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(at) / downsample));
  };
  decode_all({floor(x) - 1, floor(y) - 1, size.width + 3, size.height + 3}, level);
  return openslide_->read(x, y, size, level);
}

Image TiledJpegSource::read_reduced(std::int64_t x, std::int64_t y, Size size, int level,
                                    int reduction) const {
  const JpegLevel& blocks = at(level);
  const Rect wanted{x, y, size.width, size.height};
  const Rect there = intersect(wanted, {0, 0, ceil_divide(blocks.size.width, reduction),
                                        ceil_divide(blocks.size.height, reduction)});
  Image image(size.width, size.height, there == wanted ? 0 : 255);
  for_blocks(blocks, reduction, there, [&](std::size_t block) {
    if (!keeps_inner_blocks_ && reduction == 1 && put_whole(blocks, block, there, image, wanted)) {
      return;
    }
    const Rect place = shrunk(blocks.place(block), reduction);
    copy_part(there, block_pixels(level, block, reduction)->view(), place, image, wanted);
  });
  return image;
}

Image TiledJpegSource::read_level(int level) const {
  return read_band(0, at(level).size.height, level);
}

Image TiledJpegSource::read_band(std::int64_t first, std::int64_t count, int level) const {
  const JpegLevel& blocks = at(level);
  const Rect rows{0, first, blocks.size.width, count};
  Image image(rows.width, rows.height);
  Image edge;
  for_blocks(blocks, 1, rows, [&](std::size_t block) {
    if (put_whole(blocks, block, rows, image, rows)) return;
    if (edge.empty()) edge = Image(blocks.block.width, blocks.block.height);
    decode(blocks, block, 1, edge.data(), edge.stride());
    copy_part(rows, edge, blocks.place(block), image, rows);
  });
  return image;
}

// Straight into the image, where the block lies in the part of it that is shown: no copy, and no
// memory for what nobody asks for again.
bool TiledJpegSource::put_whole(const JpegLevel& level, std::size_t block, const Rect& shown,
                                Image& image, const Rect& place_of_image) const {
  const Rect place = level.place(block);
  if (intersect(place, shown) != place) return false;
  std::uint8_t* const first =
      image.row(place.y - place_of_image.y) + 3 * (place.x - place_of_image.x);
  decode(level, block, 1, first, image.stride());
  return true;
}

int TiledJpegSource::reduction(int level, int wanted) const {
  const Size block = at(level).block;
  int found = 1;
  for (int by = 2; by <= std::min(wanted, largest_reduction); by *= 2) {
    if (block.width % by == 0 && block.height % by == 0) found = by;
  }
  return found;
}

bool TiledJpegSource::agrees_with_openslide() const {
  for (int level = 0; level < static_cast<int>(levels_.size()); ++level) {
    // Glass compresses best and tells least; the last block has the edges.
    const std::vector<std::uint64_t>& counts = at(level).counts;
    const auto largest = std::max_element(counts.begin(), counts.end()) - counts.begin();
    if (!block_agrees(level, static_cast<std::size_t>(largest))) return false;
    if (!block_agrees(level, counts.size() - 1)) return false;
  }
  return true;
}

bool TiledJpegSource::block_agrees(int level, std::size_t block) const {
  const JpegLevel& blocks = at(level);
  const Rect place = blocks.place(block);
  const auto level_0 = [this, level](std::int64_t pixel) {
    return static_cast<double>(pixel) * downsamples_[static_cast<std::size_t>(level)];
  };
  const double x = level_0(place.x);
  const double y = level_0(place.y);
  if (x != std::floor(x) || y != std::floor(y)) return block == 0 || block_agrees(level, 0);
  try {
    block_pixels(level, block, 1);
  } catch (const Error&) {
    return true;
  }
  const auto left = static_cast<std::int64_t>(x);
  const auto top = static_cast<std::int64_t>(y);
  // A corner of it shows wrong tables or colours, and costs OpenSlide a fraction of the whole.
  constexpr std::int64_t corner = 64;
  const Size size{std::min(corner, place.width), std::min(corner, place.height)};
  const Image direct = read_reduced(place.x, place.y, size, level, 1);
  return openslide_->read(left, top, size, level).bytes() == direct.bytes();
}

void TiledJpegSource::decode(const JpegLevel& level, std::size_t block, int reduction,
                             std::uint8_t* rgb, std::size_t stride) const {
  const auto number = static_cast<std::size_t>(&level - levels_.data());
  const std::string name = file_.path().string() + ": block " + std::to_string(block) +
                           " of level " + std::to_string(number);
  if (level.counts[block] == 0) throw Error(ErrorKind::input, name + ": the file has none");
  std::vector<std::uint8_t> bytes(level.counts[block]);
  file_.read(level.offsets[block], bytes.data(), bytes.size());
  const JpegBlock jpeg{level.tables.data(), level.tables.size(), bytes.data(), bytes.size(),
                       level.colours,       level.block,         reduction};
  decode_jpeg_block(jpeg, rgb, stride, name);
}

// What a block holds beyond the level's edge is nobody's picture: there the mean is taken of the
// pixels that count, since the cosines mix them.
TiledJpegSource::Block TiledJpegSource::decode_reduced(const JpegLevel& level, std::size_t block,
                                                       int reduction) const {
  const Rect place = level.place(block);
  const Rect inside = intersect(place, {0, 0, level.size.width, level.size.height});
  Block pixels({place.width / reduction, place.height / reduction});
  if (reduction == 1 || inside == place) {
    decode(level, block, reduction, pixels.rgb.get(), pixels.stride());
    return pixels;
  }
  const Block full(level.block);
  decode(level, block, 1, full.rgb.get(), full.stride());
  mean_of(full.view(), {inside.width, inside.height}, reduction, pixels.rgb.get(), pixels.stride());
  return pixels;
}

std::shared_ptr<const TiledJpegSource::Block> TiledJpegSource::block_pixels(int level,
                                                                            std::size_t block,
                                                                            int reduction) const {
  const JpegLevel& blocks = at(level);
  const std::int64_t pixels = blocks.block.width * blocks.block.height / (reduction * reduction);
  return cache_.get({static_cast<std::size_t>(level), reduction, block},
                    static_cast<std::size_t>(3 * pixels),
                    [&] { return decode_reduced(blocks, block, reduction); });
}

void TiledJpegSource::decode_all(const Rect& region, int level) const {
  const JpegLevel& blocks = at(level);
  const Rect there = intersect(region, {0, 0, blocks.size.width, blocks.size.height});
  for_blocks(blocks, 1, there, [&](std::size_t block) { block_pixels(level, block, 1); });
}

std::unique_ptr<PixelSource> with_direct_reading(const std::filesystem::path& path,
                                                 std::unique_ptr<PixelSource> openslide) {
  const std::string& vendor = openslide->properties().vendor;
  if (vendor != "aperio" && vendor != "generic-tiff") return openslide;
  const FileBytes file(path);
  auto levels = find_jpeg_levels(read_tiff_directories(file), openslide->level_sizes());
  if (!levels) return openslide;
  const auto has_gaps = [](const JpegLevel& level) {
    return std::count(level.counts.begin(), level.counts.end(), 0) > 0;
  };
  // OpenSlide fills the gaps of Aperio's files from the levels above.
  if (vendor == "aperio" && std::any_of(levels->begin(), levels->end(), has_gaps)) return openslide;
  auto direct = std::make_unique<TiledJpegSource>(path, std::move(openslide), std::move(*levels));
  if (direct->agrees_with_openslide()) return direct;
  return direct->release_openslide();
}

}  // namespace histo
