#include "store/npy_files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

#include "histo/error.hpp"

#include "core/file_writer.hpp"
#include "core/half.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::string_view places_ending = ".coords.npy";

/// Magic, version, length and a dictionary in Python's spelling, padded to a multiple of 64 bytes.
std::string header_of(const std::string& type, std::size_t rows, std::size_t columns) {
  std::string text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" +
                     std::to_string(rows) + ", " + std::to_string(columns) + "), }";
  constexpr std::size_t before = 10;
  const std::size_t used = before + text.size() + 1;
  text += std::string((64 - used % 64) % 64, ' ') + '\n';
  const std::array<char, 4> numbers = {1, 0, static_cast<char>(text.size() & 0xffU),
                                       static_cast<char>(text.size() >> 8U)};
  return std::string(magic) + std::string(numbers.data(), numbers.size()) + text;
}

class NpyWriter : public ForeignWriter {
 public:
  NpyWriter(const fs::path& file, const std::string& type, std::size_t rows, std::size_t columns)
      : columns_(columns), file_(file) {
    file_.write(header_of(type, rows, columns));
  }
  void commit() override { file_.commit(); }

 protected:
  std::size_t columns_;
  FileWriter file_;
};

class NpyFeatures : public NpyWriter {
 public:
  using NpyWriter::NpyWriter;
  void append(const float* features, const std::vector<Rect>& places) override {
    file_.write(features, places.size() * columns_ * sizeof(float));
  }
};

class NpyPlaces : public NpyWriter {
 public:
  using NpyWriter::NpyWriter;
  void append(const float* /*features*/, const std::vector<Rect>& places) override {
    for (const Rect& place : places) {
      const std::array<std::int64_t, 4> row = {place.x, place.y, place.width, place.height};
      file_.write(row.data(), sizeof row);
    }
  }
};

struct Header {
  std::string type;  ///< "<f4"
  std::size_t rows = 0;
  std::size_t columns = 0;
};

class NpyReader {
 public:
  explicit NpyReader(const fs::path& file) : file_(file), stream_(file, std::ios::binary) {
    if (!stream_) fail("cannot be opened");
    read_header();
  }

  const Header& header() const { return header_; }

  void read(void* bytes, std::size_t count) {
    stream_.read(static_cast<char*>(bytes), static_cast<std::streamsize>(count));
    if (!stream_) fail("ends before its last row");
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::input, file_.string() + ": " + what);
  }

 private:
  void read_header() {
    std::array<char, 8> start{};
    stream_.read(start.data(), start.size());
    if (!stream_ || std::string_view(start.data(), magic.size()) != magic) {
      fail("is no file of NumPy");
    }
    // Version 1 has a length of two bytes, 2 and 3 of four.
    std::array<unsigned char, 4> length{};
    const std::size_t bytes = start[6] == 1 ? 2 : 4;
    read(length.data(), bytes);
    const std::size_t size = length[0] | static_cast<std::size_t>(length[1]) << 8U |
                             static_cast<std::size_t>(length[2]) << 16U |
                             static_cast<std::size_t>(length[3]) << 24U;
    constexpr std::size_t longest = 1U << 20U;
    if (size > longest) fail("has a header of more than a mebibyte");
    std::string text(size, '\0');
    read(text.data(), size);
    parse(text);
  }

  void parse(const std::string& text) {
    header_.type = quoted(value_of(text, "'descr':"));
    if (value_of(text, "'fortran_order':").rfind("False", 0) != 0) {
      fail("is stored by columns; save it with numpy.ascontiguousarray");
    }
    std::string_view shape = value_of(text, "'shape':");
    shape = shape.substr(0, shape.find(')'));
    std::vector<std::size_t> sizes;
    for (std::size_t at = 0; (at = shape.find_first_of("0123456789", at)) != shape.npos;) {
      std::size_t value = 0;
      const char* const end = shape.data() + shape.size();
      const auto [after, error] = std::from_chars(shape.data() + at, end, value);
      if (error != std::errc() || value > std::numeric_limits<std::uint32_t>::max()) {
        fail("its header names an absurd shape");
      }
      sizes.push_back(value);
      at = static_cast<std::size_t>(after - shape.data());
    }
    if (sizes.size() != 2) {
      fail("has " + std::to_string(sizes.size()) + " dimensions, and 2 are wanted");
    }
    header_.rows = sizes[0];
    header_.columns = sizes[1];
    // No number is shorter than two bytes: whoever makes room for the rows asks for no more than
    // the file can fill.
    std::error_code unknown;
    const std::uintmax_t bytes = fs::file_size(file_, unknown);
    if (!unknown && header_.columns > 0 && header_.rows > bytes / 2 / header_.columns) {
      fail("is too short for the " + std::to_string(header_.rows) + " x " +
           std::to_string(header_.columns) + " values of its header");
    }
  }

  std::string_view value_of(const std::string& text, std::string_view key) const {
    const std::size_t at = text.find(key);
    if (at == std::string::npos) fail("its header has no key " + std::string(key));
    std::string_view value = std::string_view(text).substr(at + key.size());
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }

  std::string quoted(std::string_view value) const {
    if (value.empty() || value[0] != '\'') fail("its numbers are of no single type");
    return std::string(value.substr(1, value.find('\'', 1) - 1));
  }

  fs::path file_;
  std::ifstream stream_;
  Header header_;
};

template <class Stored, class Convert>
auto reader_of(const std::shared_ptr<NpyReader>& file, const Convert& convert) {
  return [file, convert](std::size_t count, float* out) {
    std::vector<Stored> values(count * file->header().columns);
    file->read(values.data(), values.size() * sizeof(Stored));
    std::transform(values.begin(), values.end(), out, convert);
  };
}

std::function<void(std::size_t, float*)> rows_of(const std::shared_ptr<NpyReader>& file) {
  const std::string& type = file->header().type;
  if (type == "<f4") return reader_of<float>(file, [](float value) { return value; });
  if (type == "<f8") {
    return reader_of<double>(file, [](double value) { return static_cast<float>(value); });
  }
  if (type == "<f2") {
    return [file](std::size_t count, float* out) {
      std::vector<std::uint16_t> values(count * file->header().columns);
      file->read(values.data(), values.size() * sizeof(std::uint16_t));
      half_to_float(values.data(), values.size(), out);
    };
  }
  file->fail("holds numbers of type '" + type + "', and '<f4', '<f8' or '<f2' is wanted");
}

template <class Stored>
std::vector<std::int64_t> integers(NpyReader& file) {
  std::vector<Stored> values(file.header().rows * file.header().columns);
  file.read(values.data(), values.size() * sizeof(Stored));
  return {values.begin(), values.end()};
}

}  // namespace

fs::path npy_places_path(const fs::path& features) {
  return features.parent_path() / (features.stem().string() + std::string(places_ending));
}

bool is_npy_places(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.size() > places_ending.size() &&
         name.compare(name.size() - places_ending.size(), places_ending.size(), places_ending) == 0;
}

std::unique_ptr<ForeignWriter> write_npy_features(const fs::path& file, std::size_t rows,
                                                  std::size_t dim) {
  return std::make_unique<NpyFeatures>(file, "<f4", rows, dim);
}

std::unique_ptr<ForeignWriter> write_npy_places(const fs::path& file, std::size_t rows) {
  return std::make_unique<NpyPlaces>(file, "<i8", rows, 4);
}

void write_npy_matrix(const fs::path& file, const std::vector<float>& values, std::size_t rows,
                      std::size_t columns) {
  if (values.size() != rows * columns) {
    throw Error(ErrorKind::internal, file.string() + ": " + std::to_string(values.size()) +
                                         " values are no matrix of " + std::to_string(rows) +
                                         " x " + std::to_string(columns));
  }
  FileWriter writer(file);
  writer.write(header_of("<f4", rows, columns));
  writer.write(values.data(), values.size() * sizeof(float));
  writer.commit();
}

ForeignFeatures read_npy(const fs::path& file) {
  const auto reader = std::make_shared<NpyReader>(file);
  ForeignFeatures features;
  features.rows = reader->header().rows;
  features.dim = reader->header().columns;
  features.read = rows_of(reader);
  std::error_code ignored;
  const fs::path places = npy_places_path(file);
  if (fs::exists(places, ignored)) features.places = read_npy_places(places);
  return features;
}

std::vector<Rect> read_npy_places(const fs::path& file) {
  NpyReader reader(file);
  const Header& header = reader.header();
  if (header.columns != 2 && header.columns != 4) {
    reader.fail("has " + std::to_string(header.columns) +
                " columns, and x, y or x, y, width, height are wanted");
  }
  std::vector<std::int64_t> values;
  if (header.type == "<i8") {
    values = integers<std::int64_t>(reader);
  } else if (header.type == "<i4") {
    values = integers<std::int32_t>(reader);
  } else {
    reader.fail("holds numbers of type '" + header.type + "', and '<i8' or '<i4' is wanted");
  }
  std::vector<Rect> places(header.rows);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::int64_t* const row = values.data() + i * header.columns;
    places[i] = {row[0], row[1], header.columns == 4 ? row[2] : 0,
                 header.columns == 4 ? row[3] : 0};
  }
  return places;
}

}  // namespace histo
