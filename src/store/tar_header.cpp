#include "store/tar_header.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "histo/error.hpp"

namespace histo {

namespace {

struct Field {
  std::size_t offset;
  std::size_t length;
};

// Offsets and lengths of the fields, POSIX.1-1988, 10.1.1.
constexpr Field name_field = {0, 100};
constexpr Field mode_field = {100, 8};
constexpr Field owner_field = {108, 8};
constexpr Field group_field = {116, 8};
constexpr Field size_field = {124, 12};
constexpr Field time_field = {136, 12};
constexpr Field checksum_field = {148, 8};
constexpr std::size_t type_offset = 156;
constexpr Field magic_field = {257, 6};
constexpr Field version_field = {263, 2};
constexpr Field prefix_field = {345, 155};

constexpr std::int64_t size_limit = std::int64_t{1} << 33U;  // eleven octal digits

/// Octal digits up to the last byte of the field, which stays NUL.
void put_octal(TarBlock& block, const Field& field, std::int64_t value) {
  for (std::size_t i = field.length - 1; i-- > 0; value /= 8) {
    block[field.offset + i] = static_cast<std::uint8_t>('0' + value % 8);
  }
}

/// Octal digits between blanks, up to a blank, a NUL or the field's end.
std::optional<std::int64_t> octal(const TarBlock& block, const Field& field) {
  std::size_t i = field.offset;
  const std::size_t end = field.offset + field.length;
  while (i < end && block[i] == ' ') ++i;
  if (i == end || block[i] == 0) return std::nullopt;
  std::int64_t value = 0;
  for (; i < end && block[i] != ' ' && block[i] != 0; ++i) {
    if (block[i] < '0' || block[i] > '7') return std::nullopt;
    value = value * 8 + (block[i] - '0');
  }
  return value;
}

std::string text(const TarBlock& block, const Field& field) {
  const auto* begin = block.data() + field.offset;
  return {begin, std::find(begin, begin + field.length, std::uint8_t{0})};
}

/// The sum of all bytes, those of the checksum's own field taken as blanks.
std::int64_t checksum(const TarBlock& block) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool own = i - checksum_field.offset < checksum_field.length;
    sum += own ? ' ' : block[i];
  }
  return sum;
}

}  // namespace

TarBlock make_tar_header(const std::string& name, std::int64_t size) {
  if (name.empty() || name.size() > name_field.length || size < 0 || size >= size_limit) {
    throw Error(ErrorKind::internal,
                "a tar cannot hold '" + name + "' of " + std::to_string(size) + " bytes");
  }
  TarBlock block{};
  std::memcpy(block.data() + name_field.offset, name.data(), name.size());
  put_octal(block, mode_field, 0644);
  put_octal(block, owner_field, 0);
  put_octal(block, group_field, 0);
  put_octal(block, size_field, size);
  put_octal(block, time_field, 0);
  block[type_offset] = '0';
  std::memcpy(block.data() + magic_field.offset, "ustar", magic_field.length);
  std::memcpy(block.data() + version_field.offset, "00", version_field.length);
  put_octal(block, {checksum_field.offset, 7}, checksum(block));  // six digits, a NUL, a blank
  block[checksum_field.offset + 7] = ' ';
  return block;
}

TarHeader parse_tar_header(const TarBlock& block, const std::string& subject) {
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorKind::input, subject + ": " + what);
  };
  const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
  if (std::all_of(block.begin(), block.end(), is_zero)) return {true, "", 0};
  if (octal(block, checksum_field) != checksum(block)) {
    fail("damaged, or no tar: the checksum of a header does not fit");
  }
  const std::string name = text(block, name_field);
  const std::uint8_t type = block[type_offset];
  if (type == 'x' || type == 'g' || type == 'L' || type == 'K') {
    fail("has a long name or other additions of pax or GNU tar, and only plain ustar is read");
  }
  if (text(block, magic_field).substr(0, 5) != "ustar" || !text(block, prefix_field).empty()) {
    fail("member '" + name + "' is not in the ustar format that histoprep writes");
  }
  if (type != '0' && type != 0) fail("member '" + name + "' is no regular file");
  const std::optional<std::int64_t> size = octal(block, size_field);
  if (!size) fail("member '" + name + "' has a size that is no octal number");
  return {false, name, *size};
}

std::int64_t padded_to_tar_block(std::int64_t size) {
  constexpr auto block = static_cast<std::int64_t>(tar_block);
  return (size + block - 1) / block * block;
}

}  // namespace histo
