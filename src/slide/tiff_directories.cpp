#include "slide/tiff_directories.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "histo/error.hpp"

namespace histo {

namespace {

constexpr std::uint16_t first_private_tag = 32768;

std::size_t bytes_of_type(std::uint16_t type) {
  // By type: BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT,
  // DOUBLE, IFD, then BigTIFF's LONG8, SLONG8 and IFD8.
  constexpr std::array<std::size_t, 19> sizes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4,
                                                 8, 4, 8, 4, 0, 0, 8, 8, 8};
  return type < sizes.size() ? sizes[type] : 0;
}

bool is_whole_number(std::uint16_t type) {
  constexpr std::array<std::uint16_t, 5> types = {1, 3, 4, 7, 16};
  return std::find(types.begin(), types.end(), type) != types.end();
}

class Reader {
 public:
  explicit Reader(const FileBytes& file) : file_(file) {
    std::array<std::uint8_t, 16> head{};
    if (file.size() < 8) return;
    file.read(0, head.data(), std::min<std::size_t>(head.size(), file.size()));
    if (head[0] != head[1] || (head[0] != 'I' && head[0] != 'M')) return;
    little_ = head[0] == 'I';
    const std::uint64_t version = number(&head[2], 2);
    big_ = version == 43;
    known_ = (version == 42 && file.size() < (std::uint64_t{1} << 32)) ||
             (big_ && file.size() >= 16 && number(&head[4], 2) == 8);
    if (known_) next_ = big_ ? number(&head[8], 8) : number(&head[4], 4);
  }

  std::vector<TiffDirectory> all() {
    std::vector<TiffDirectory> directories;
    std::set<std::uint64_t> seen;
    if (known_ && next_ == 0) fail("it states no directory");
    while (known_ && next_ != 0) {
      if (!seen.insert(next_).second) fail("its directories go round in a circle");
      subject_ = "directory " + std::to_string(directories.size());
      directories.push_back(read_directory());
      check_pixels(directories.back(), 273, 279);
      check_pixels(directories.back(), 324, 325);
    }
    return directories;
  }

 private:
  TiffDirectory read_directory() {
    const std::size_t count_bytes = big_ ? 8 : 2;
    const std::size_t entry_bytes = big_ ? 20 : 12;
    const std::size_t offset_bytes = big_ ? 8 : 4;
    const std::uint64_t entries = number(part(next_, count_bytes).data(), count_bytes);
    const std::vector<std::uint8_t> body =
        part(next_ + count_bytes, product(entries, entry_bytes) + offset_bytes);
    TiffDirectory directory;
    const std::uint8_t* entry = body.data();
    for (std::uint64_t i = 0; i < entries; ++i, entry += entry_bytes) read_tag(entry, directory);
    next_ = number(entry, offset_bytes);
    return directory;
  }

  // Private tags may hold anything; no pixel depends on them.
  void read_tag(const std::uint8_t* entry, TiffDirectory& directory) const {
    const auto tag = static_cast<std::uint16_t>(number(entry, 2));
    const auto type = static_cast<std::uint16_t>(number(entry + 2, 2));
    const std::size_t size = bytes_of_type(type);
    if (tag >= first_private_tag || size == 0) return;
    const std::size_t offset_bytes = big_ ? 8 : 4;
    const std::uint64_t count = number(entry + 4, offset_bytes);
    const std::uint64_t bytes = product(count, size);
    const std::uint8_t* at = entry + 4 + offset_bytes;
    std::vector<std::uint8_t> elsewhere;
    if (bytes > offset_bytes) {
      elsewhere = part(number(at, offset_bytes), bytes);
      at = elsewhere.data();
    }
    if (!is_whole_number(type)) return;
    std::vector<std::uint64_t> values(count);
    for (std::uint64_t& value : values) {
      value = number(at, size);
      at += size;
    }
    directory.set(tag, std::move(values));
  }

  void check_pixels(const TiffDirectory& directory, std::uint16_t offsets_tag,
                    std::uint16_t counts_tag) const {
    const std::vector<std::uint64_t>& offsets = directory.values(offsets_tag);
    const std::vector<std::uint64_t>& counts = directory.values(counts_tag);
    for (std::size_t i = 0; i < std::min(offsets.size(), counts.size()); ++i) {
      if (counts[i] > 0) check_inside(offsets[i], counts[i], "the pixels of ");
    }
  }

  std::vector<std::uint8_t> part(std::uint64_t offset, std::uint64_t count) const {
    check_inside(offset, count, "");
    std::vector<std::uint8_t> bytes(count);
    file_.read(offset, bytes.data(), bytes.size());
    return bytes;
  }

  void check_inside(std::uint64_t offset, std::uint64_t count, const char* what) const {
    if (offset <= file_.size() && count <= file_.size() - offset) return;
    fail("it has " + std::to_string(file_.size()) + " bytes, and " + what + subject_ +
         " would reach beyond them");
  }

  // A product that cannot be true is larger than any file.
  static std::uint64_t product(std::uint64_t count, std::uint64_t size) {
    constexpr std::uint64_t most = std::uint64_t{1} << 56;
    return count < most / size ? count * size : most;
  }

  std::uint64_t number(const std::uint8_t* bytes, std::size_t size) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = (value << 8) | bytes[little_ ? size - 1 - i : i];
    }
    return value;
  }

  [[noreturn]] void fail(const std::string& cause) const {
    throw Error(ErrorKind::input,
                file_.path().string() + ": the file is cut short or damaged: " + cause);
  }

  const FileBytes& file_;
  bool little_ = true;
  bool big_ = false;
  bool known_ = false;
  std::uint64_t next_ = 0;  // where the next directory lies; 0: nowhere
  std::string subject_;
};

}  // namespace

std::vector<TiffDirectory> read_tiff_directories(const FileBytes& file) {
  return Reader(file).all();
}

void refuse_cut_tiff(const std::filesystem::path& path) {
  const FileBytes file(path);
  read_tiff_directories(file);
}

}  // namespace histo
