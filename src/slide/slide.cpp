#include "histo/slide.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

#include "histo/error.hpp"

#include "core/text.hpp"
#include "slide/backend.hpp"

namespace histo {

namespace {

std::string first_bytes(const std::filesystem::path& path, std::size_t count) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(count, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

// A word on what the file is, where its first bytes tell.
std::string nature(const std::filesystem::path& path) {
  const std::string bytes = first_bytes(path, 132);
  const std::string reader = ", which OpenSlide " + openslide_version() + " does not read";
  if (bytes.empty()) return "the file is empty";
  if (bytes.rfind("ZISRAWFILE", 0) == 0) return "a Zeiss CZI file" + reader;
  if (bytes.size() == 132 && bytes.compare(128, 4, "DICM") == 0) return "a DICOM file" + reader;
  return "neither a slide that OpenSlide knows nor a PNG, JPEG or TIFF image";
}

struct Opened {
  std::unique_ptr<PixelSource> source;
  std::string reader;
};

void check_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw Error(ErrorKind::input, path.string() + ": there is no such file");
  }
  if (std::filesystem::is_directory(path, error)) {
    throw Error(ErrorKind::input, path.string() + ": a folder, and a slide is a file");
  }
  if (!std::ifstream(path, std::ios::binary)) {
    throw Error(ErrorKind::input, path.string() + ": the file cannot be opened for reading");
  }
}

Opened open_source(const std::filesystem::path& path, SlideBackend backend) {
  check_file(path);
  if (backend != SlideBackend::image) {
    std::unique_ptr<PixelSource> openslide = open_with_openslide(path);
    if (openslide && backend == SlideBackend::openslide) return {std::move(openslide), "openslide"};
    if (openslide) {
      const PixelSource* alone = openslide.get();
      std::unique_ptr<PixelSource> source = with_direct_reading(path, std::move(openslide));
      const bool is_direct = source.get() != alone;
      if (is_direct || backend == SlideBackend::automatic) {
        return {std::move(source), is_direct ? "direct" : "openslide"};
      }
    }
    if (backend == SlideBackend::direct) {
      throw Error(ErrorKind::input,
                  path.string() + ": not a tiled JPEG TIFF that the direct reader takes");
    }
  }
  if (backend != SlideBackend::openslide) {
    std::unique_ptr<PixelSource> source = open_as_image(path);
    if (source) return {std::move(source), "image"};
  }
  throw Error(ErrorKind::input, path.string() + ": " + nature(path));
}

Opened open_headers(const std::filesystem::path& path, SlideBackend backend) {
  check_file(path);
  if (backend != SlideBackend::image) {
    if (auto openslide = open_headers_with_openslide(path)) {
      return {std::move(openslide), "openslide"};
    }
  }
  if (backend != SlideBackend::openslide && backend != SlideBackend::direct) {
    if (auto image = open_headers_of_image(path)) return {std::move(image), "image"};
  }
  throw Error(ErrorKind::input, path.string() + ": " + nature(path));
}

}  // namespace

Slide Slide::headers_of(const std::filesystem::path& path, SlideBackend backend) {
  Opened opened = open_headers(path, backend);
  return Slide(path, std::move(opened.source), opened.reader);
}

Slide::Slide(std::filesystem::path path, std::unique_ptr<PixelSource> source, std::string reader)
    : path_(std::move(path)), source_(std::move(source)), reader_(std::move(reader)) {}

Slide::Slide(const std::filesystem::path& path, SlideBackend backend)
    : Slide(path, path, backend) {}

Slide::Slide(const std::filesystem::path& path, const std::filesystem::path& copy,
             SlideBackend backend)
    : path_(path) {
  Opened opened = open_source(copy, backend);
  source_ = std::move(opened.source);
  reader_ = std::move(opened.reader);
}

Slide::Slide(Slide&&) noexcept = default;
Slide& Slide::operator=(Slide&&) noexcept = default;
Slide::~Slide() = default;

int Slide::level_count() const { return static_cast<int>(source_->level_sizes().size()); }

Size Slide::level_size(int level) const {
  if (level < 0 || level >= level_count()) {
    throw Error(ErrorKind::input, path_.string() + ": no level " + std::to_string(level) +
                                      ", the slide has " +
                                      count_of(static_cast<std::size_t>(level_count()), "level"));
  }
  return source_->level_sizes()[static_cast<std::size_t>(level)];
}

Downsample Slide::level_downsample(int level) const {
  const Size full = size();
  const Size reduced = level_size(level);
  return {static_cast<double>(full.width) / static_cast<double>(reduced.width),
          static_cast<double>(full.height) / static_cast<double>(reduced.height)};
}

int Slide::level_within(std::int64_t max_dimension) const {
  const std::vector<Size>& levels = source_->level_sizes();
  const auto fits = [max_dimension](const Size& size) {
    return size.width <= max_dimension && size.height <= max_dimension;
  };
  const auto found = std::find_if(levels.begin(), levels.end(), fits);
  return found == levels.end() ? level_count() - 1 : static_cast<int>(found - levels.begin());
}

const SlideProperties& Slide::properties() const { return source_->properties(); }

Image Slide::read(const Rect& region, int level) const {
  const Downsample scale = level_downsample(level);
  const auto pixels = [](std::int64_t length, double downsample) {
    return std::max<std::int64_t>(1, round_half_even(static_cast<double>(length) / downsample));
  };
  return source_->read(region.x, region.y,
                       {pixels(region.width, scale.x), pixels(region.height, scale.y)}, level);
}

std::int64_t Slide::band_rows(int level, std::int64_t wanted) const {
  const std::int64_t height = level_size(level).height;
  const std::int64_t step = source_->block_rows(level);
  const std::int64_t rows = (wanted + step - 1) / step * step;
  for (std::int64_t row = rows; row < height; row += rows) {
    if (source_->begin_of(row, level) != static_cast<double>(row)) return height;
  }
  return rows;
}

Image Slide::read_rows(int level, std::int64_t first, std::int64_t count) const {
  if (first == 0 && count == level_size(level).height) return source_->read_level(level);
  return source_->read_band(first, count, level);
}

void Slide::expect_overlap(bool overlap) { source_->expect_overlap(overlap); }

Image Slide::read_level(int level) const {
  level_size(level);  // throws for a level that is not there
  return source_->read_level(level);
}

}  // namespace histo
