#include "store/tile_tar.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>
#include <unordered_set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "store/layout.hpp"
#include "store/tar_header.hpp"

namespace histo {

namespace {

constexpr auto block_bytes = static_cast<std::int64_t>(tar_block);
constexpr std::int64_t end_bytes = 2 * block_bytes;  // two blocks of zeros close a tar

std::vector<std::string> index_columns() { return {"name", "offset", "size"}; }

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  throw Error(ErrorKind::input, file.string() + ": " + what);
}

}  // namespace

struct TileTarWriter::State {
  explicit State(const std::filesystem::path& tar)
      : target(tar),
        temporary(temporary_name(tar)),
        file(std::fopen(temporary.c_str(), "wbe"), &std::fclose),
        index(csv_line(index_columns())) {
    if (!file) fail_to_write("cannot be created", errno);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    file.reset();
    std::error_code ignored;
    if (!committed) std::filesystem::remove(temporary, ignored);
  }

  [[noreturn]] void fail_to_write(const std::string& what, int error) const {
    throw Error(ErrorKind::output, temporary.string() + ": " + what + ": " + reason(error));
  }

  void require_open() const {
    if (committed) throw Error(ErrorKind::internal, target.string() + ": is complete");
  }

  void write(const std::uint8_t* bytes, std::size_t count) {
    if (count == 0) return;
    if (std::fwrite(bytes, 1, count, file.get()) != count)
      fail_to_write("cannot be written", errno);
    length += static_cast<std::int64_t>(count);
  }

  std::filesystem::path target;
  std::filesystem::path temporary;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file;
  std::string index;
  std::unordered_set<std::string> members;
  std::int64_t length = 0;
  bool committed = false;
};

TileTarWriter::TileTarWriter(const std::filesystem::path& tar)
    : state_(std::make_unique<State>(tar)) {}
TileTarWriter::TileTarWriter(TileTarWriter&&) noexcept = default;
TileTarWriter& TileTarWriter::operator=(TileTarWriter&&) noexcept = default;
TileTarWriter::~TileTarWriter() = default;

void TileTarWriter::append(const std::string& member, const std::vector<std::uint8_t>& bytes) {
  State& state = *state_;
  state.require_open();
  if (!is_tile_member_name(member)) {
    throw Error(ErrorKind::internal,
                state.target.string() + ": '" + member + "' is no tile's name");
  }
  if (!state.members.insert(member).second) {
    throw Error(ErrorKind::internal, state.target.string() + ": has a member '" + member + "'");
  }
  const auto size = static_cast<std::int64_t>(bytes.size());
  const TarBlock header = make_tar_header(member, size);
  state.write(header.data(), header.size());
  state.index += csv_line({member, std::to_string(state.length), std::to_string(size)});
  state.write(bytes.data(), bytes.size());
  constexpr TarBlock zeros{};
  state.write(zeros.data(), static_cast<std::size_t>(padded_to_tar_block(size) - size));
}

void TileTarWriter::commit() {
  State& state = *state_;
  state.require_open();
  constexpr TarBlock zeros{};
  state.write(zeros.data(), zeros.size());
  state.write(zeros.data(), zeros.size());
  // Network file systems report a full disk only here.
  if (std::fclose(state.file.release()) != 0) state.fail_to_write("cannot be written", errno);
  replace_file(tile_tar_index_file(state.target), state.index);
  commit_file(state.temporary, state.target);
  state.committed = true;
}

class TileTarReader::File {
 public:
  explicit File(const std::filesystem::path& tar)
      : tar_(tar), handle_(open(tar.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (handle_ < 0) fail(tar, "cannot be opened: " + reason(errno));
    struct stat info {};
    if (fstat(handle_, &info) != 0 || !S_ISREG(info.st_mode)) {
      close(handle_);
      fail(tar, "is no regular file");
    }
    size_ = info.st_size;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(handle_); }

  std::int64_t size() const { return size_; }

  void read(std::int64_t offset, std::uint8_t* out, std::size_t count) const {
    while (count > 0) {
      const ssize_t part = pread(handle_, out, count, offset);
      if (part < 0 && errno == EINTR) continue;
      if (part < 0) fail(tar_, "cannot be read: " + reason(errno));
      if (part == 0) fail(tar_, "damaged: the file ends too early");
      out += part;
      count -= static_cast<std::size_t>(part);
      offset += part;
    }
  }

 private:
  std::filesystem::path tar_;
  int handle_;
  std::int64_t size_ = 0;
};

TileTarReader::TileTarReader(const std::filesystem::path& tar)
    : tar_(tar), file_(std::make_unique<File>(tar)) {
  const std::filesystem::path index = tile_tar_index_file(tar);
  std::error_code ignored;
  if (std::filesystem::exists(index, ignored)) {
    read_index(index);
  } else {
    scan();
  }
}
TileTarReader::TileTarReader(TileTarReader&&) noexcept = default;
TileTarReader& TileTarReader::operator=(TileTarReader&&) noexcept = default;
TileTarReader::~TileTarReader() = default;

void TileTarReader::add(const std::string& member, const Place& place) {
  if (!is_tile_member_name(member)) fail(tar_, "member '" + member + "' is no tile of histoprep");
  // The member's end and the tar's own.
  if (place.size > file_->size() ||
      padded_to_tar_block(place.size) + end_bytes > file_->size() - place.offset) {
    fail(tar_, "damaged: the file ends too early, in or after member '" + member + "'");
  }
  if (!places_.emplace(member, place).second) fail(tar_, "has two members '" + member + "'");
}

void TileTarReader::read_index(const std::filesystem::path& index) {
  const CsvTable table = parse_csv(read_text(index), index.string());
  const std::size_t name = table.column("name");
  const std::size_t offset = table.column("offset");
  const std::size_t size = table.column("size");
  const auto number = [&](std::size_t row, std::size_t column, std::int64_t smallest) {
    const std::string& text = table.rows[row][column];
    std::int64_t value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < smallest) {
      fail(index, "line " + std::to_string(table.lines[row]) + ": column " + table.header[column] +
                      ": '" + text + "' is no whole number from " + std::to_string(smallest));
    }
    return value;
  };
  places_.reserve(table.rows.size());
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    add(table.rows[row][name], {number(row, offset, block_bytes), number(row, size, 0)});
  }
}

void TileTarReader::scan() {
  for (std::int64_t at = 0;;) {
    if (at + block_bytes > file_->size()) fail(tar_, "damaged: the file ends too early");
    TarBlock block;
    file_->read(at, block.data(), block.size());
    const TarHeader header = parse_tar_header(block, tar_.string());
    if (header.end) return;
    at += block_bytes;
    add(header.name, {at, header.size});
    at += padded_to_tar_block(header.size);
  }
}

std::vector<std::uint8_t> TileTarReader::read(const std::string& member) const {
  const auto found = places_.find(member);
  if (found == places_.end()) fail(tar_, "has no member '" + member + "'");
  const Place& place = found->second;
  // Header and bytes in one go: the header costs nothing, and tells an index that belongs to
  // another tar.
  std::vector<std::uint8_t> bytes(tar_block + static_cast<std::size_t>(place.size));
  file_->read(place.offset - block_bytes, bytes.data(), bytes.size());
  TarBlock block;
  std::copy_n(bytes.begin(), tar_block, block.begin());
  const TarHeader header = parse_tar_header(block, tar_.string());
  if (header.name != member || header.size != place.size) {
    fail(tar_, "member '" + member + "' is not where the index says; delete " +
                   tile_tar_index_file(tar_).filename().string() + " to do without it");
  }
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(tar_block));
  return bytes;
}

}  // namespace histo
