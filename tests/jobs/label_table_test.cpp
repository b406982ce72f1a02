#include "jobs/label_table.hpp"

#include <fstream>
#include <string>

#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "jobs/labelled_tiles.hpp"
#include "jobs_fixture.hpp"
#include "store/layout.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::TempFolder;

namespace {

LabelOptions options_for(const TempFolder& folder, const std::string& text) {
  LabelOptions options;
  options.table = folder.path() / "labels.csv";
  std::ofstream(options.table) << text;
  return options;
}

std::string sentence_of(const LabelOptions& options) {
  return error_of([&] { LabelTable table(options); })->what();
}

/// A slide of `count` tiles of 8 pixels in a row, whose feature is 10 * slide + tile.
void add_slide(const std::filesystem::path& output, int slide, int count,
               const std::string& encoder = "toy") {
  const std::filesystem::path folder = output / ("s" + std::to_string(slide));
  std::filesystem::create_directories(folder);
  TileTable table;
  std::vector<Rect> rects;
  std::vector<float> features;
  for (int tile = 0; tile < count; ++tile) {
    rects.push_back({8 * tile, 0, 8, 8});
    table.rows.push_back({rects.back(), ""});
    features.push_back(static_cast<float>(10 * slide + tile));
  }
  FeatureInfo info;
  info.encoder = encoder;
  info.tile_size = {8, 8};
  FeatureWriter writer(features_file(folder), 1, info);
  writer.append(features.data(), rects);
  writer.commit();
  write_tile_table(tile_table_file(folder), table);
}

}  // namespace

TEST_CASE("label table: a line of a slide is of all its tiles") {
  const TempFolder folder;
  LabelOptions options = options_for(folder, "slide,label,patient\ns1,a,p1\ns2,b,p1\ns3,,p2\n");
  options.group = "patient";

  LabelTable table(options);

  CHECK(table.classes() == std::vector<std::string>{"a", "b"});
  CHECK(table.groups() == std::vector<std::string>{"p1", "p2"});
  CHECK(table.find("s2", {8, 0, 8, 8})->label == 1);
  CHECK(table.find("s3", {0, 0, 8, 8})->label == -1);
  CHECK(table.find("s4", {0, 0, 8, 8}) == nullptr);
}

TEST_CASE("label table: what R writes for nothing is nothing, and spaces are no part of a name") {
  const TempFolder folder;
  LabelOptions options =
      options_for(folder, "slide,label,patient\ns1,a ,p1\ns2,NA, p1\ns3,nan,p2\n");
  options.group = "patient";
  LabelTable table(options);

  CHECK(table.classes() == std::vector<std::string>{"a"});
  CHECK(table.groups() == std::vector<std::string>{"p1", "p2"});
  CHECK(table.find("s2", {})->label == -1);
  options = options_for(folder, "slide,label,patient\ns1,a,NA\n");
  options.group = "patient";
  CHECK(contains(sentence_of(options), "line 2: no 'patient', so that it belongs to nobody"));
}

TEST_CASE("label table: keys that only one side has are counted and named") {
  const TempFolder folder;
  LabelTable table(options_for(folder, "slide,x,y,label\ns1,0,0,a\ns1,8,0,b\ns9,0,0,a\n"));

  table.find("s1", {0, 0, 8, 8});
  table.find("s1", {16, 0, 8, 8});
  const Unmatched unmatched = table.unmatched({"s1", "s2"});

  CHECK(unmatched.unknown_slides == std::vector<std::string>{"s9"});
  CHECK(unmatched.unlabelled_slides == std::vector<std::string>{"s2"});
  CHECK(unmatched.unknown_tiles == std::vector<std::string>{"s1 8 0"});
  CHECK(unmatched.unlabelled_tiles == 1);
  CHECK(missing_table(unmatched) ==
        "what,key\nslide without features,s9\nslide without labels,s2\n"
        "tile without features,s1 8 0\n");
  Listener listener;
  tell(unmatched, listener);
  CHECK(listener.warnings.size() == 3);
  CHECK(listener.warned_of("1 slide of the labels not among the inputs: s9"));
}

TEST_CASE("label table: classes that were not asked for are left out and counted") {
  const TempFolder folder;
  LabelOptions options = options_for(folder, "slide,label\ns1,a\ns2,c\n");
  options.classes = {"b", "a"};
  LabelTable table(options);

  CHECK(table.find("s1", {})->label == 1);
  CHECK(table.find("s2", {})->label == -1);
  CHECK(table.unmatched({"s1", "s2"}).other_classes == 1);
}

TEST_CASE("label table: what does not fit is said with its line") {
  const TempFolder folder;
  LabelOptions grouped = options_for(folder, "slide,x,y,label,patient\ns,0,0,a,p\ns,8,0,a,q\n");
  grouped.group = "patient";
  CHECK(contains(sentence_of(grouped), "line 3: slide 's' is of 'q' here, and of 'p' on line 2"));
  grouped = options_for(folder, "slide,label,patient\ns,a,\n");
  grouped.group = "patient";
  CHECK(contains(sentence_of(grouped), "line 2: no 'patient', so that it belongs to nobody"));

  CHECK(contains(sentence_of(options_for(folder, "slide,label\ns,a\ns,b\n")),
                 "line 3: slide 's' stands there twice"));
  CHECK(contains(sentence_of(options_for(folder, "slide,x,y,label\ns,0,0,a\ns,0,0,a\n")),
                 "line 3: the tile at 0, 0 of slide 's' stands there twice"));
  CHECK(contains(sentence_of(options_for(folder, "slide,x,y,label\ns,zero,0,a\n")),
                 "column x: 'zero' is not a whole number"));
  CHECK(contains(sentence_of(options_for(folder, "slide,x,label\ns,0,a\n")), "no column 'y'"));
  CHECK(contains(sentence_of(options_for(folder, "slide,class\ns,a\n")), "no column 'label'"));
  CHECK(contains(sentence_of(options_for(folder, "slide,label\n,a\n")), "line 2: no slide"));

  LabelOptions split = options_for(folder, "slide,label,set\ns,a,training\n");
  split.split = "set";
  CHECK(contains(sentence_of(split), "'training' is none of train, validation and test"));
  LabelOptions twice = options_for(folder, "slide,label\ns,a\n");
  twice.classes = {"a", "a"};
  CHECK(contains(sentence_of(twice), "--classes must name each class once"));
}

TEST_CASE("labelled tiles: features meet their labels by slide and place") {
  const TempFolder folder;
  add_slide(folder.path() / "out", 1, 3);
  add_slide(folder.path() / "out", 2, 2);
  add_slide(folder.path() / "out", 3, 1);
  LabelOptions options = options_for(
      folder,
      "slide,x,y,label,set\ns2,8,0,b,test\ns1,16,0,a,train\ns1,0,0,b,train\ns2,0,0,,test\n");
  options.split = "set";

  const LabelledTiles tiles =
      read_labelled_tiles({folder.path() / "out"}, options, GroupsOf::slides);

  CHECK(tiles.features == std::vector<float>{10, 12, 21});
  CHECK(tiles.label == std::vector<std::int32_t>{1, 0, 1});
  CHECK(tiles.slide == std::vector<std::uint32_t>{0, 0, 1});
  CHECK(tiles.slides == std::vector<std::string>{"s1", "s2"});
  CHECK(tiles.split == std::vector<Split>{Split::train, Split::train, Split::test});
  CHECK(tiles.rects[1].x == 16);
  CHECK(tiles.unmatched.unlabelled_slides == std::vector<std::string>{"s3"});
  const LabelledTiles some = tiles_at(tiles, {2, 0});
  CHECK(some.features == std::vector<float>{21, 10});
  CHECK(some.label == std::vector<std::int32_t>{1, 1});
}

TEST_CASE("labelled tiles: the spots of one slide may be of several patients") {
  const TempFolder folder;
  add_slide(folder.path() / "out", 1, 3);
  LabelOptions options =
      options_for(folder, "slide,x,y,label,patient\ns1,0,0,a,p\ns1,8,0,b,q\ns1,16,0,a,p\n");
  options.group = "patient";

  const LabelledTiles tiles =
      read_labelled_tiles({folder.path() / "out"}, options, GroupsOf::tiles);

  CHECK(tiles.groups == std::vector<std::string>{"p", "q"});
  CHECK(tiles.group == std::vector<std::int32_t>{0, 1, 0});
}

TEST_CASE("labelled tiles: classes that no tile has are no classes, unless they were asked for") {
  const TempFolder folder;
  add_slide(folder.path() / "out", 1, 1);
  LabelOptions options = options_for(folder, "slide,label\ns1,b\ns9,a\n");

  CHECK(read_labelled_tiles({folder.path() / "out"}, options, GroupsOf::slides).classes ==
        std::vector<std::string>{"b"});
  options.classes = {"a", "b"};
  CHECK(contains(error_of([&] {
                   read_labelled_tiles({folder.path() / "out"}, options, GroupsOf::slides);
                 })->what(),
                 "no tile of the inputs has the class 'a' of --classes"));
}

TEST_CASE("labelled tiles: labels of other slides, and slides of one name, are refused") {
  const TempFolder folder;
  add_slide(folder.path() / "out", 1, 1);
  add_slide(folder.path() / "more", 1, 1);
  const LabelOptions options = options_for(folder, "slide,label\ns9,a\n");

  CHECK(contains(error_of([&] {
                   read_labelled_tiles({folder.path() / "out"}, options, GroupsOf::slides);
                 })->what(),
                 "labels.csv: none of its labels is of a tile of the inputs"));
  CHECK(contains(error_of([&] {
                   read_labelled_tiles({folder.path() / "out", folder.path() / "more"}, options,
                                       GroupsOf::slides);
                 })->what(),
                 "so that labels cannot tell them apart"));
}

TEST_CASE("labelled tiles: features of another model than the fitted one are refused") {
  const FeatureSource fitted{"uni", "0123456789", "cls", 1024};
  FeatureSource found = fitted;

  check_same_source(fitted, "model.h5", found);
  found.model_sha256 = "9999999999";

  CHECK(contains(error_of([&] { check_same_source(fitted, "model.h5", found); })->what(),
                 "model.h5: was fitted on features of uni 01234567, pooling cls, 1024 values, and "
                 "the inputs have features of uni 99999999"));
}
