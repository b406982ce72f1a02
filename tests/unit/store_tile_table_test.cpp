#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

std::filesystem::path table_of(const test::TempFolder& temp, const std::string& text) {
  const std::filesystem::path file = temp.path() / "metadata.csv";
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

/// The sentence about a table, after the file's name.
std::string complaint(const std::string& text) {
  const test::TempFolder temp;
  const std::filesystem::path file = table_of(temp, text);
  const auto error = error_of([&] { read_tile_table(file); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  const std::string sentence = error->what();
  REQUIRE(contains(sentence, file.string() + ": "));
  return sentence.substr(file.string().size() + 2);
}

std::string row(const std::string& cells) { return "x,y,w,h,path\n" + cells + "\n"; }

}  // namespace

TEST_CASE("tile table: the file is HistoPrep's columns and nothing else") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "metadata.csv";

  write_tile_table(file, {{},
                          {{{0, 512, 512, 256}, "tiles/x0_y512_w512_h256.png"},
                           {{-8, 0, 512, 256}, "/data/a, \"b\".png"}}});

  CHECK(read_text(file) ==
        "x,y,w,h,path\n"
        "0,512,512,256,tiles/x0_y512_w512_h256.png\n"
        "-8,0,512,256,\"/data/a, \"\"b\"\".png\"\n");
}

TEST_CASE("tile table: what was written is read back") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "metadata.csv";
  const std::vector<TileRow> rows = {{{0, 0, 640, 640}, "tiles/a.png"},
                                     {{-5, 1, 640, 640}, "line\nbreak, \"quoted\".png"},
                                     {{1, 2, 3, 4}, "/absolute/../path.png"},
                                     {{1, 2, 3, 4}, "tiles/../tiles/b.png"},
                                     {{1, 2, 3, 4}, "tiles.tar/x1_y2_w3_h4.png"},
                                     {{1, 2, 3, 4}, ""},
                                     {{1, 2, 3, 4}, "\xff\xfe.png"}};

  write_tile_table(file, {{}, rows});
  const std::vector<TileRow> again = read_tile_table(file).rows;

  REQUIRE(again.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(again[i].rect == rows[i].rect);
    CHECK(again[i].path == rows[i].path);
  }
}

TEST_CASE("tile table: a slide without tiles has a table without rows") {
  const test::TempFolder temp;
  write_tile_table(temp.path() / "metadata.csv", {});
  CHECK(read_tile_table(temp.path() / "metadata.csv").rows.empty());
}

TEST_CASE("tile table: columns are found by name among others") {
  const test::TempFolder temp;
  const auto file = table_of(temp, "path,background,h,w,y,x\r\ntiles/a.png,0.5,4,3,2,1\r\n");

  const std::vector<TileRow> rows = read_tile_table(file).rows;

  REQUIRE(rows.size() == 1);
  CHECK(rows[0].rect == Rect{1, 2, 3, 4});
  CHECK(rows[0].path == "tiles/a.png");
}

TEST_CASE("tile table: further columns follow the path, in their order") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "metadata.csv";
  TileTable table;
  table.columns = {"mask_path", "red_mean", "odd, name"};
  table.rows = {{{0, 0, 8, 8}, "tiles/a.png", {"masks/a.png", "0.50", "say \"a\""}},
                {{8, 0, 8, 8}, "", {"", "", ""}}};

  write_tile_table(file, table);

  CHECK(read_text(file) ==
        "x,y,w,h,path,mask_path,red_mean,\"odd, name\"\n"
        "0,0,8,8,tiles/a.png,masks/a.png,0.50,\"say \"\"a\"\"\"\n"
        "8,0,8,8,,,,\n");
}

TEST_CASE("tile table: columns that are not known come back as texts in their order") {
  const test::TempFolder temp;
  const auto file =
      table_of(temp, "sharp,path,h,background,w,y,x\r\n,tiles/a.png,4, 0.50,3,2,1\r\n");

  const TileTable table = read_tile_table(file);

  CHECK(table.columns == std::vector<std::string>{"sharp", "background"});
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0].more == std::vector<std::string>{"", " 0.50"});
}

TEST_CASE("tile table: reading and writing again changes nothing") {
  const test::TempFolder temp;
  const std::string text = "x,y,w,h,path,mask_path,a,x\n1,2,3,4,,m.png,1e-5,7\n";
  const auto file = table_of(temp, text);

  write_tile_table(file, read_tile_table(file));

  CHECK(read_text(file) == text);
}

TEST_CASE("tile table: a row with another number of cells than columns is an internal error") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "metadata.csv";
  const TileTable table = {{"a", "b"}, {{{0, 0, 8, 8}, "a.png", {"1"}}}};

  const auto error = error_of([&] { write_tile_table(file, table); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(error->what() ==
        file.string() + ": a tile has 1 further cells, and the table has 2 such columns");
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("tile table: writing leaves no temporary file") {
  const test::TempFolder temp;
  write_tile_table(temp.path() / "metadata.csv", {});
  const std::filesystem::directory_iterator files(temp.path());
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("tile table: a folder that is not there is an output error") {
  const test::TempFolder temp;
  const auto error = error_of([&] { write_tile_table(temp.path() / "none" / "metadata.csv", {}); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
}

TEST_CASE("tile table: a faulty cell is named by its line and column") {
  const std::string good = "0,0,8,8,a.png\n";
  CHECK(complaint(row(good + "1.5,0,8,8,a.png")) ==
        "line 3: column x: '1.5' is not a whole number");
  CHECK(complaint(row(",0,8,8,a.png")) == "line 2: column x: '' is not a whole number");
  CHECK(complaint(row("0, 0,8,8,a.png")) == "line 2: column y: ' 0' is not a whole number");
  CHECK(complaint(row("0,+1,8,8,a.png")) == "line 2: column y: '+1' is not a whole number");
  CHECK(complaint(row("0,0,0x8,8,a.png")) == "line 2: column w: '0x8' is not a whole number");
  CHECK(complaint(row("0,0,8,-,a.png")) == "line 2: column h: '-' is not a whole number");
  CHECK(complaint(row("9007199254740993,0,8,8,a.png")) ==
        "line 2: column x: '9007199254740993' is out of range");
  CHECK(complaint(row("0,-99999999999999999999,8,8,a.png")) ==
        "line 2: column y: '-99999999999999999999' is out of range");
  CHECK(complaint(row("0,0,0,8,a.png")) == "line 2: column w: '0' must be at least 1");
  CHECK(complaint(row("0,0,8,-8,a.png")) == "line 2: column h: '-8' must be at least 1");
}

TEST_CASE("tile table: a relative path may not lead out of the slide's folder") {
  for (const std::string path : {"../../etc/passwd", "..", "tiles/../../b.png", "./../b.png"}) {
    CHECK(complaint(row("0,0,8,8," + path)) ==
          "line 2: column path: '" + path + "' leads out of the slide's folder");
  }
  using namespace std::string_literals;
  CHECK(contains(complaint(row("0,0,8,8,a\0b.png"s)), "holds a NUL"));
}

TEST_CASE("tile table: a table that is none is refused by name") {
  CHECK(contains(complaint("x,y,w,h\n0,0,8,8\n"), "no column 'path'"));
  CHECK(contains(complaint(row("0,0,8,8")), "line 2: "));
  CHECK(contains(complaint(""), "empty"));
  const auto error = error_of([] { read_tile_table("/none/metadata.csv"); });
  REQUIRE(error);
  CHECK(contains(error->what(), "/none/metadata.csv: "));
}

TEST_CASE("tile table: HistoPrep's own tables are read") {
  const auto folder = test::shared_file("oracles/histoprep");
  SKIP_WITHOUT(folder, "HistoPrep's outputs");

  const std::vector<TileRow> rows = read_tile_table(*folder / "cmu_default" / "metadata.csv").rows;

  REQUIRE(rows.size() == 13);
  CHECK(rows[0].rect == Rect{1024, 0, 512, 512});
  CHECK(rows[0].path == "x1024_y0_w512_h512.jpeg");
}
