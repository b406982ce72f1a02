#include <fstream>
#include <string>

#include "core/files.hpp"
#include "store/prediction_table.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

PredictionTable two_tiles() {
  PredictionTable table;
  table.classes = {"benign", "tumour, high"};
  table.slides = {"a", "b"};
  table.groups = {"p1"};
  table.slide = {0, 1};
  table.rects = {{0, 0, 8, 8}, {16, 8, 8, 8}};
  table.group = {0, 0};
  table.fold = {1, 0};
  table.truth = {0, -1};
  table.predicted = {0, 1};
  table.probabilities = DoubleMatrix(2, 2);
  table.probabilities.values = {2.0 / 3.0, 1.0 / 3.0, 0.1, 0.9};
  return table;
}

std::filesystem::path written(const TempFolder& folder, const std::string& text) {
  std::filesystem::path file = folder.path() / "predictions.csv";
  std::ofstream(file) << text;
  return file;
}

}  // namespace

TEST_CASE("prediction table: what was written is read back") {
  const TempFolder folder;
  const PredictionTable before = two_tiles();

  PredictionWriter writer(folder.path() / "p.csv");
  writer.append(before);
  writer.append(before);
  writer.commit();
  const PredictionTable after = read_predictions(folder.path() / "p.csv");

  REQUIRE(after.rows() == 4);
  CHECK(after.classes == before.classes);
  CHECK(after.slides == before.slides);
  CHECK(after.groups == before.groups);
  CHECK(after.slide == std::vector<std::uint32_t>{0, 1, 0, 1});
  CHECK(after.rects[1] == before.rects[1]);
  CHECK(after.fold == std::vector<std::int32_t>{1, 0, 1, 0});
  CHECK(after.truth == std::vector<std::int32_t>{0, -1, 0, -1});
  CHECK(after.predicted == std::vector<std::int32_t>{0, 1, 0, 1});
  CHECK(after.probabilities.at(2, 0) == 2.0 / 3.0);
}

TEST_CASE("prediction table: columns that nothing is known of are left out") {
  const TempFolder folder;
  PredictionTable table = two_tiles();
  table.rects.clear();
  table.group.clear();
  table.fold.clear();
  table.truth.clear();
  table.probabilities = {};

  PredictionWriter writer(folder.path() / "p.csv");
  writer.append(table);
  writer.commit();

  CHECK(read_text(folder.path() / "p.csv") == "slide,predicted\na,benign\nb,\"tumour, high\"\n");
}

TEST_CASE("prediction table: without probabilities the classes are the words, sorted") {
  const TempFolder folder;

  const PredictionTable table =
      read_predictions(written(folder, "predicted,slide,truth,more\nz,s,a,1\nb,s,z,2\n,s,a,3\n"));

  CHECK(table.classes == std::vector<std::string>{"a", "b", "z"});
  CHECK(table.truth == std::vector<std::int32_t>{0, 2, 0});
  CHECK(table.predicted == std::vector<std::int32_t>{2, 1, -1});
}

TEST_CASE("prediction table: cells that are none are named with their line and column") {
  const TempFolder folder;
  const auto sentence = [&](const std::string& text) {
    return std::string(error_of([&] { read_predictions(written(folder, text)); })->what());
  };

  CHECK(contains(sentence("slide,predicted,p=a\ns,a,1.5\n"),
                 "line 2: column p=a: '1.5' is not a number from 0 to 1"));
  CHECK(contains(sentence("slide,predicted,p=a\ns,a,nan\n"), "'nan' is not a number from 0 to 1"));
  CHECK(contains(sentence("slide,predicted,p=a\ns,b,1\n"),
                 "line 2: column predicted: 'b' has no column p=b"));
  CHECK(contains(sentence("slide,x,y,w,h,predicted\ns,0,0,8.5,8,a\n"),
                 "column w: '8.5' is not a whole number"));
  CHECK(contains(sentence("slide,x,predicted\ns,0,a\n"), "no column 'y'"));
  CHECK(contains(sentence("slide,predicted,p=a,p=a\ns,a,1,1\n"), "the column p=a is there twice"));
}

TEST_CASE("prediction table: a column of another length is an error of ours") {
  const TempFolder folder;
  PredictionTable table = two_tiles();
  table.truth.push_back(0);
  PredictionWriter writer(folder.path() / "p.csv");

  CHECK(error_of([&] { writer.append(table); })->kind() == ErrorKind::internal);
}
