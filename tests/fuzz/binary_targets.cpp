// Binary files: the log of features, NumPy's files, and the directories of a TIFF.

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "core/crc32.hpp"
#include "core/files.hpp"
#include "fuzz/bench.hpp"
#include "fuzz/targets.hpp"
#include "slide/file_bytes.hpp"
#include "slide/jpeg_levels.hpp"
#include "slide/tiff_directories.hpp"
#include "store/feature_log.hpp"
#include "store/npy_files.hpp"

namespace histo::fuzz {

namespace {

constexpr std::size_t dim = 3;
constexpr const char* key = "model=m\n";

std::vector<float> rows_of(const FeatureLog& log) {
  std::vector<float> values(log.rows() * dim);
  std::size_t have = 0;
  while (have < log.rows()) {
    const std::size_t got = log.read(have, 2, values.data() + have * dim);
    require(got > 0, "all rows can be read");
    have += got;
  }
  return values;
}

bool same(const std::vector<float>& some, const std::vector<float>& others) {
  return some.size() == others.size() &&
         (some.empty() ||
          std::memcmp(some.data(), others.data(), some.size() * sizeof(float)) == 0);
}

/// No fuzzer guesses a checksum: with this the record after the first is reached.
void mend_checksums(std::string& log) {
  const auto number_at = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, log.data() + at, sizeof value);
    return value;
  };
  constexpr std::size_t head = 8;
  std::size_t at = 8;
  std::size_t unit = 1;
  while (at + head <= log.size()) {
    const std::size_t bytes = number_at(at) * unit;
    if (bytes > log.size() - at - head) return;
    const std::uint32_t sum = crc32(log.data() + at + head, bytes);
    std::memcpy(log.data() + at + sizeof sum, &sum, sizeof sum);
    at += head + bytes;
    unit = dim * sizeof(float);
  }
}

}  // namespace

void feature_log(std::string_view bytes) {
  std::string mended(bytes);
  mend_checksums(mended);
  const std::filesystem::path file = scratch_file("features.h5.part", mended);
  accepts([&] {
    constexpr float row[dim] = {1.0F, 2.0F, 3.0F};
    std::vector<float> before;
    {
      FeatureLog log(file);
      log.take_up(dim, key);
      before = rows_of(log);
      log.append(row, 1);
      before.insert(before.end(), row, row + dim);
      require(same(rows_of(log), before), "a row follows those that are there");
    }
    FeatureLog log(file);
    log.take_up(dim, key);
    require(same(rows_of(log), before), "all rows are there when the file is opened again");
  });
}

void npy(std::string_view bytes) {
  const std::filesystem::path file = scratch_file("slide.npy", bytes);
  accepts([&] {
    const ForeignFeatures features = read_npy(file);
    const std::size_t most = bytes.size() / sizeof(std::uint16_t);
    if (features.dim > most) return;
    std::vector<float> row(features.dim);
    for (std::size_t i = 0; i < std::min<std::size_t>(features.rows, 8); ++i) {
      features.read(1, row.data());
    }
  });
  accepts([&] {
    const std::vector<Rect> places = read_npy_places(file);
    require(places.size() <= bytes.size(), "there are no more places than bytes");
  });
}

void tiff(std::string_view bytes) {
  const std::filesystem::path file = scratch_file("slide.tiff", bytes);
  accepts([&] {
    const std::vector<TiffDirectory> directories = read_tiff_directories(FileBytes(file));
    for (const TiffDirectory& directory : directories) {
      const auto width = static_cast<std::int64_t>(directory.value(256).value_or(1));
      const auto height = static_cast<std::int64_t>(directory.value(257).value_or(1));
      find_jpeg_levels(directories, {{width, height}});
    }
  });
}

}  // namespace histo::fuzz
