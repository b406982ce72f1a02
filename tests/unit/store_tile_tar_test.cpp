#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "store/tar_header.hpp"
#include "store/tile_tar.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::uint8_t>;

const std::string first = "x0_y0_w8_h8.png";
const std::string second = "x8_y0_w8_h8.jpeg";
const std::string mask = "x8_y0_w8_h8.mask.png";

Bytes counted(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  return bytes;
}

/// A tar of three members: of one byte, of exactly one block, and empty.
fs::path small_tar(const test::TempFolder& temp) {
  const fs::path tar = temp.path() / "tiles.tar";
  TileTarWriter writer(tar);
  writer.append(first, {9});
  writer.append(second, counted(512));
  writer.append(mask, {});
  writer.commit();
  return tar;
}

fs::path index_of(const fs::path& tar) { return tar.string() + ".index.csv"; }

void put(Bytes& bytes, std::size_t at, const std::string& text) {
  std::copy(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Makes the checksum of the header at `at` fit again.
void seal(Bytes& tar, std::size_t at) {
  put(tar, at + 148, "        ");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += tar[at + i];
  for (std::size_t i = 6; i-- > 0; sum /= 8) {
    tar[at + 148 + i] = static_cast<std::uint8_t>('0' + sum % 8);
  }
  tar[at + 154] = 0;
}

/// The sentence about a tar whose bytes `change` has changed, without its index, after its name.
template <class Change>
std::string complaint(const Change& change) {
  const test::TempFolder temp;
  const fs::path tar = small_tar(temp);
  fs::remove(index_of(tar));
  Bytes bytes = read_file(tar);
  change(bytes);
  write_file(tar, bytes);
  const auto error = error_of([&] { TileTarReader{tar}; });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  REQUIRE(contains(error->what(), tar.string() + ": "));
  return std::string(error->what()).substr(tar.string().size() + 2);
}

/// The sentence about a small tar with this text as its index, after the index's or tar's name.
std::string index_complaint(const std::string& lines) {
  const test::TempFolder temp;
  const fs::path tar = small_tar(temp);
  replace_file(index_of(tar), "name,offset,size\n" + lines);
  const auto error = error_of([&] { TileTarReader{tar}; });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  const std::string sentence = error->what();
  return sentence.substr(sentence.find(": ") + 2);
}

}  // namespace

TEST_CASE("tile tar: a header is that of a plain file without time or owner") {
  const TarBlock block = make_tar_header("x0_y0_w8_h8.png", 513);

  Bytes wanted(512, 0);
  put(wanted, 0, "x0_y0_w8_h8.png");
  put(wanted, 100, "0000644");
  put(wanted, 108, "0000000");
  put(wanted, 116, "0000000");
  put(wanted, 124, "00000001001");
  put(wanted, 136, "00000000000");
  put(wanted, 156, "0");
  put(wanted, 257, "ustar");
  put(wanted, 263, "00");
  seal(wanted, 0);
  wanted[155] = ' ';
  CHECK(Bytes(block.begin(), block.end()) == wanted);
  CHECK(parse_tar_header(block, "a").name == "x0_y0_w8_h8.png");
  CHECK(parse_tar_header(block, "a").size == 513);
}

TEST_CASE("tile tar: a header holds sizes up to 8 GiB and names up to 100 bytes") {
  const std::string longest(100, 'a');
  const std::int64_t limit = std::int64_t{1} << 33U;
  const TarHeader header = parse_tar_header(make_tar_header(longest, limit - 1), "a");
  CHECK(header.name == longest);
  CHECK(header.size == limit - 1);

  for (const auto& [name, size] :
       {std::pair<std::string, std::int64_t>{longest + "a", 0}, {"", 0}, {"a", limit}, {"a", -1}}) {
    const auto error = error_of([&, &name = name, &size = size] { make_tar_header(name, size); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(error->what() ==
          "a tar cannot hold '" + name + "' of " + std::to_string(size) + " bytes");
  }
}

TEST_CASE("tile tar: members lie in whole blocks, and two empty blocks close the tar") {
  const test::TempFolder temp;
  const Bytes tar = read_file(small_tar(temp));

  REQUIRE(tar.size() == 512 * (2 + 2 + 1 + 2));
  CHECK(tar[512] == 9);
  CHECK(std::all_of(tar.begin() + 513, tar.begin() + 1024, [](int byte) { return byte == 0; }));
  CHECK(std::equal(tar.begin() + 1536, tar.begin() + 2048, counted(512).begin()));
  CHECK(std::all_of(tar.end() - 1024, tar.end(), [](int byte) { return byte == 0; }));
}

TEST_CASE("tile tar: the index says where the bytes lie") {
  const test::TempFolder temp;

  CHECK(read_text(index_of(small_tar(temp))) ==
        "name,offset,size\n" + first + ",512,1\n" + second + ",1536,512\n" + mask + ",2560,0\n");
}

TEST_CASE("tile tar: equal members give equal bytes") {
  const test::TempFolder a;
  const test::TempFolder b;
  CHECK(read_file(small_tar(a)) == read_file(small_tar(b)));
}

TEST_CASE("tile tar: what was written is read back, with the index and without") {
  const test::TempFolder temp;
  const fs::path tar = small_tar(temp);
  const auto check = [&] {
    const TileTarReader reader(tar);
    CHECK(reader.size() == 3);
    CHECK(reader.read(first) == Bytes{9});
    CHECK(reader.read(second) == counted(512));
    CHECK(reader.read(mask).empty());
  };

  SECTION("with") { check(); }
  SECTION("without") {
    fs::remove(index_of(tar));
    check();
  }
}

TEST_CASE("tile tar: a tar without members is read") {
  const test::TempFolder temp;
  const fs::path tar = temp.path() / "tiles.tar";
  TileTarWriter(tar).commit();

  CHECK(fs::file_size(tar) == 1024);
  CHECK(TileTarReader(tar).size() == 0);
}

TEST_CASE("tile tar: a place beyond 8 GiB is read") {
  const test::TempFolder temp;
  const fs::path tar = small_tar(temp);
  const std::int64_t far = std::int64_t{9} << 30U;
  Bytes bytes = read_file(tar);
  // The same members, far behind a gap that takes no room on the disk.
  fs::resize_file(tar, static_cast<std::uintmax_t>(far));
  std::FILE* file = std::fopen(tar.c_str(), "ab");
  REQUIRE(file != nullptr);
  REQUIRE(std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size());
  REQUIRE(std::fclose(file) == 0);
  replace_file(index_of(tar),
               "name,offset,size\n" + second + "," + std::to_string(far + 1536) + ",512\n");

  CHECK(TileTarReader(tar).read(second) == counted(512));
}

TEST_CASE("tile tar: until it is complete there is nothing under its name") {
  const test::TempFolder temp;
  const fs::path tar = temp.path() / "tiles.tar";
  {
    TileTarWriter writer(tar);
    writer.append(first, {1});
    CHECK_FALSE(fs::exists(tar));
    CHECK_FALSE(fs::is_empty(temp.path()));
  }
  CHECK(fs::is_empty(temp.path()));
}

TEST_CASE("tile tar: a writer can be moved") {
  const test::TempFolder temp;
  const fs::path tar = temp.path() / "tiles.tar";
  TileTarWriter writer(tar);
  writer.append(first, {1});

  TileTarWriter other = std::move(writer);
  other.append(second, {2});
  other.commit();

  CHECK(TileTarReader(tar).size() == 2);
}

TEST_CASE("tile tar: a name that is no tile's or is there already is an internal error") {
  const test::TempFolder temp;
  const fs::path tar = temp.path() / "tiles.tar";
  TileTarWriter writer(tar);
  writer.append(first, {1});

  const auto foreign = error_of([&] { writer.append("../a.png", {1}); });
  REQUIRE(foreign);
  CHECK(foreign->kind() == ErrorKind::internal);
  CHECK(contains(foreign->what(), "tiles.tar: '../a.png' is no tile's name"));
  const auto twice = error_of([&] { writer.append(first, {1}); });
  REQUIRE(twice);
  CHECK(twice->kind() == ErrorKind::internal);
  CHECK(contains(twice->what(), "tiles.tar: has a member '" + first + "'"));
}

TEST_CASE("tile tar: nothing follows the end") {
  const test::TempFolder temp;
  TileTarWriter writer(temp.path() / "tiles.tar");
  writer.commit();

  CHECK(contains(error_of([&] { writer.append(first, {1}); })->what(), "tiles.tar: is complete"));
  CHECK(contains(error_of([&] { writer.commit(); })->what(), "tiles.tar: is complete"));
}

TEST_CASE("tile tar: a tar that cannot be created or written is an output error") {
  const test::TempFolder temp;
  const auto created = error_of([&] { TileTarWriter{temp.path() / "none" / "tiles.tar"}; });
  REQUIRE(created);
  CHECK(created->kind() == ErrorKind::output);
  CHECK(contains(created->what(), "cannot be created: No such file or directory"));
}

TEST_CASE("tile tar: a tar that ends too early is refused wherever it ends") {
  const test::TempFolder temp;
  const fs::path tar = small_tar(temp);
  bool indexed = true;
  SECTION("with its index") {}
  SECTION("without") { indexed = false; }
  const std::uintmax_t whole = fs::file_size(tar);
  for (std::uintmax_t size = 0; size < whole; size += 100) {
    const test::TempFolder other;
    const fs::path cut = other.path() / "tiles.tar";
    fs::copy_file(tar, cut);
    if (indexed) fs::copy_file(index_of(tar), index_of(cut));
    fs::resize_file(cut, size);

    const auto error = error_of([&] { TileTarReader{cut}; });

    INFO("cut to " << size << " of " << whole << " bytes");
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    CHECK(contains(error->what(), "tiles.tar: damaged: the file ends too early"));
  }
}

TEST_CASE("tile tar: foreign members and other kinds of tar are refused") {
  CHECK(complaint([](Bytes& tar) { tar[0] = 'y'; }) ==
        "damaged, or no tar: the checksum of a header does not fit");
  CHECK(complaint([](Bytes& tar) { put(tar, 1024 + 148, "abcdefg"); }) ==
        "damaged, or no tar: the checksum of a header does not fit");
  CHECK(complaint([](Bytes& tar) {
          put(tar, 0, "notes.txt      ");
          seal(tar, 0);
        }) == "member 'notes.txt      ' is no tile of histoprep");
  for (const std::string type : {"x", "g", "L", "K"}) {
    CHECK(complaint([&](Bytes& tar) {
            put(tar, 156, type);
            seal(tar, 0);
          }) ==
          "has a long name or other additions of pax or GNU tar, and only plain ustar is read");
  }
  for (const std::string type : {"1", "2", "5"}) {
    CHECK(complaint([&](Bytes& tar) {
            put(tar, 156, type);
            seal(tar, 0);
          }) == "member '" + first + "' is no regular file");
  }
  for (const std::size_t field : {std::size_t{257}, std::size_t{345}}) {  // magic, prefix
    CHECK(complaint([&](Bytes& tar) {
            put(tar, field, "other");
            seal(tar, 0);
          }) == "member '" + first + "' is not in the ustar format that histoprep writes");
  }
  for (const std::string& size :
       {std::string("0000000000z"), std::string("\x80\0\0\0\0\0\0\0\0\0\x01", 11)}) {
    CHECK(complaint([&](Bytes& tar) {
            put(tar, 124, size);
            seal(tar, 0);
          }) == "member '" + first + "' has a size that is no octal number");
  }
  CHECK(complaint([](Bytes& tar) {
          put(tar, 124, "77777777777");
          seal(tar, 0);
        }) == "damaged: the file ends too early, in or after member '" + first + "'");
  CHECK(complaint([](Bytes& tar) {
          put(tar, 1024, first + std::string(1, '\0'));
          seal(tar, 1024);
        }) == "has two members '" + first + "'");
}

TEST_CASE("tile tar: a faulty index is named") {
  CHECK(index_complaint(first + ",512.5,1\n") ==
        "line 2: column offset: '512.5' is no whole number from 512");
  CHECK(index_complaint(first + ",0,1\n") ==
        "line 2: column offset: '0' is no whole number from 512");
  CHECK(index_complaint(first + ",512,-1\n") ==
        "line 2: column size: '-1' is no whole number from 0");
  CHECK(index_complaint(first + ",512,9223372036854775807\n") ==
        "damaged: the file ends too early, in or after member '" + first + "'");
  CHECK(index_complaint(first + ",9223372036854775807,1\n") ==
        "damaged: the file ends too early, in or after member '" + first + "'");
  CHECK(index_complaint("a.txt,512,1\n") == "member 'a.txt' is no tile of histoprep");
  CHECK(index_complaint(first + ",512,1\n" + first + ",512,1\n") ==
        "has two members '" + first + "'");
}

TEST_CASE("tile tar: an index of another tar is found out at the first member") {
  const test::TempFolder temp;
  const fs::path tar = small_tar(temp);
  for (const std::string& line : {first + ",1536,512\n", first + ",512,2\n", first + ",2560,0\n"}) {
    replace_file(index_of(tar), "name,offset,size\n" + line);
    const TileTarReader reader(tar);

    const auto error = error_of([&] { reader.read(first); });

    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    CHECK(contains(error->what(), "tiles.tar: member '" + first +
                                      "' is not where the index says; delete "
                                      "tiles.tar.index.csv to do without it"));
  }
}

TEST_CASE("tile tar: a member that is not there and a tar that is not there are named") {
  const test::TempFolder temp;
  const TileTarReader reader(small_tar(temp));
  CHECK(contains(error_of([&] { reader.read("x1_y1_w8_h8.png"); })->what(),
                 "tiles.tar: has no member 'x1_y1_w8_h8.png'"));

  const auto missing = error_of([] { TileTarReader{"/none/tiles.tar"}; });
  REQUIRE(missing);
  CHECK(missing->kind() == ErrorKind::input);
  CHECK(contains(missing->what(), "/none/tiles.tar: cannot be opened: No such file"));
  CHECK(contains(error_of([&] { TileTarReader{temp.path()}; })->what(), "is no regular file"));
}
