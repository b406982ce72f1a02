#include <csignal>
#include <fstream>

#include <sys/resource.h>

#include "histo/slide.hpp"
#include "histo/tissue.hpp"

#include "core/files.hpp"
#include "demo_slide/make.hpp"
#include "demo_slide/pyramid_writer.hpp"
#include "demo_slide/score.hpp"
#include "support/catch.hpp"

using histo::Error;
using histo::ErrorKind;
using histo::Image;
using histo::Rect;
using histo::demo::Agreement;
using histo::demo::MakeOptions;
using histo::demo::PyramidWriter;
using histo::demo::Region;
using histo::demo::Score;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

MakeOptions small_slide(const std::filesystem::path& folder, std::size_t threads) {
  MakeOptions options;
  options.slide = folder / "slide.tiff";
  options.truth = folder / "slide.json";
  options.height = 1024;
  options.threads = threads;
  return options;
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

/// Two regions of 100 pixels side by side, "a" and "b".
std::filesystem::path write_truth(const std::filesystem::path& folder) {
  std::filesystem::path file = folder / "truth.json";
  write(file, R"({"regions": [{"x": 0, "y": 0, "w": 100, "h": 100, "label": "a"},
                              {"x": 100, "y": 0, "w": 100, "h": 100, "label": "b"}]})");
  return file;
}

std::string score_error(const std::string& clusters) {
  const TempFolder folder;
  const std::filesystem::path truth = write_truth(folder.path());
  write(folder.path() / "clusters.csv", clusters);
  const auto error =
      error_of([&] { histo::demo::score_clusters(truth, folder.path() / "clusters.csv"); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  return error->what();
}

/// Lets no file of this process grow beyond `bytes` while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("the demo's slide does not depend on the number of threads") {
  const TempFolder one;
  const TempFolder three;

  histo::demo::make_slide(small_slide(one.path(), 1));
  histo::demo::make_slide(small_slide(three.path(), 3));

  CHECK(histo::read_file(one.path() / "slide.tiff") ==
        histo::read_file(three.path() / "slide.tiff"));
  CHECK(histo::read_file(one.path() / "slide.json") ==
        histo::read_file(three.path() / "slide.json"));
}

TEST_CASE("another seed gives the demo's slide other tissue and the same truth") {
  const TempFolder one;
  const TempFolder two;
  MakeOptions other = small_slide(two.path(), 1);
  other.seed = 2;

  histo::demo::make_slide(small_slide(one.path(), 1));
  histo::demo::make_slide(other);

  CHECK(histo::read_file(one.path() / "slide.tiff") != histo::read_file(two.path() / "slide.tiff"));
  CHECK(histo::read_file(one.path() / "slide.json") == histo::read_file(two.path() / "slide.json"));
}

TEST_CASE("the demo's slide is a pyramid of tissue on glass") {
  const TempFolder folder;
  histo::demo::make_slide(small_slide(folder.path(), 1));

  const histo::Slide slide(folder.path() / "slide.tiff");
  const Image image = slide.read_level(1);
  const histo::Tissue tissue = histo::detect_tissue(image, slide.size(), {});

  CHECK(slide.size() == histo::Size{1280, 1024});
  REQUIRE(slide.level_count() == 3);
  CHECK(slide.level_size(2) == histo::Size{320, 256});
  CHECK(image.row(0)[0] > 238);
  CHECK(histo::tissue_share(tissue) > 0.45);
  CHECK(histo::tissue_share(tissue) < 0.85);
}

TEST_CASE("the truth of the demo's slide names six textures inside the slide") {
  const TempFolder folder;
  histo::demo::make_slide(small_slide(folder.path(), 1));

  std::vector<std::string> labels;
  for (const Region& region : histo::demo::read_truth(folder.path() / "slide.json")) {
    CHECK(histo::intersect(region.rect, {0, 0, 1280, 1024}) == region.rect);
    if (std::find(labels.begin(), labels.end(), region.label) == labels.end()) {
      labels.push_back(region.label);
    }
  }

  CHECK(labels.size() == 6);
}

TEST_CASE("a demo slide that is too small is refused") {
  const TempFolder folder;
  MakeOptions options = small_slide(folder.path(), 1);
  options.height = 1000;

  const auto error = error_of([&] { histo::demo::make_slide(options); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(contains(error->what(), "--size must lie in [1024, 40000], got 1000"));
}

TEST_CASE("each level of a pyramid is the mean of the one before") {
  const TempFolder folder;
  const std::filesystem::path file = folder.path() / "step.tiff";
  Image rows(1024, 256, 40);
  for (std::int64_t y = 0; y < 256; ++y) std::fill_n(rows.row(y) + 1536, 1536, 200);
  PyramidWriter writer(file, {1024, 256});

  writer.add_rows(rows);
  writer.finish();

  const histo::Slide slide(file, histo::SlideBackend::openslide);
  REQUIRE(slide.level_count() == 2);
  const Image half = slide.read_level(1);
  CHECK(half.size() == histo::Size{512, 128});
  CHECK(std::abs(half.row(64)[300] - 40) <= 2);
  CHECK(std::abs(half.row(64)[1200] - 200) <= 2);
}

TEST_CASE("a pyramid that cannot be created names its file") {
  const auto error = error_of([] { PyramidWriter("/no/such/folder/slide.tiff", {512, 512}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(std::string(error->what()) == "/no/such/folder/slide.tiff cannot be created");
}

TEST_CASE("a pyramid with rows missing is not finished") {
  const TempFolder folder;
  PyramidWriter writer(folder.path() / "slide.tiff", {512, 512});
  writer.add_rows(Image(512, 256));

  const auto error = error_of([&] { writer.finish(); });

  REQUIRE(error);
  CHECK(contains(error->what(), "got fewer rows than it has"));
}

TEST_CASE("a pyramid for which there is no room says so") {
  const TempFolder folder;
  PyramidWriter writer(folder.path() / "slide.tiff", {512, 256});
  const FileSizeLimit limit(512);

  const auto error = error_of([&] {
    writer.add_rows(Image(512, 256, 99));
    writer.finish();
  });

  REQUIRE(error);
  CHECK(contains(error->what(), "slide.tiff cannot be written; the disk may be full"));
}

TEST_CASE("a tile belongs to the region that holds its centre and half of its area") {
  const std::vector<Region> regions{{{0, 0, 100, 100}, "a"}, {{100, 0, 100, 100}, "b"}};

  CHECK(histo::demo::region_of({0, 0, 100, 100}, regions) == std::size_t{0});
  CHECK(histo::demo::region_of({60, 0, 100, 100}, regions) == std::size_t{1});
  CHECK_FALSE(histo::demo::region_of({0, 60, 100, 100}, regions).has_value());
  CHECK_FALSE(histo::demo::region_of({0, 0, 200, 200}, regions).has_value());
}

TEST_CASE("a score counts agreement over the tiles of known texture") {
  const TempFolder folder;
  const std::filesystem::path truth = write_truth(folder.path());
  write(folder.path() / "clusters.csv",
        "x,y,w,h,path,n_clusters=2,n_clusters=3\n0,0,50,50,p,1,0\n50,0,50,50,p,1,1\n"
        "100,0,50,50,p,0,2\n150,0,50,50,p,0,0\n500,0,50,50,p,0,0\n");

  const Score score = histo::demo::score_clusters(truth, folder.path() / "clusters.csv");

  CHECK(score.scored == 4);
  CHECK(score.left_out == 1);
  CHECK(score.labels == 2);
  REQUIRE(score.agreements.size() == 2);
  CHECK(score.agreements[0].adjusted_rand == histo::test::Approx(1.0));
  CHECK(score.agreements[0].purity == histo::test::Approx(1.0));
  CHECK(score.agreements[1].column == "n_clusters=3");
  CHECK(score.agreements[1].purity == histo::test::Approx(0.75));
  CHECK(contains(histo::demo::describe(score), "n_clusters=3"));
}

TEST_CASE("a score of damaged clusters names the file and the line") {
  CHECK(contains(score_error("x,y,w,h,path,n_clusters=2\n0,0,5o,50,p,1\n"),
                 "clusters.csv line 2 holds '5o' where a whole number is expected"));
}

TEST_CASE("a score without a tile of known texture is an error") {
  CHECK(contains(score_error("x,y,w,h,path,n_clusters=2\n500,0,50,50,p,1\n"),
                 "clusters.csv has no tile in any region of "));
}

TEST_CASE("a score without clusters is an error") {
  CHECK(contains(score_error("x,y,w,h,path\n0,0,50,50,p\n"),
                 "clusters.csv has no column that begins with 'n_clusters='"));
}

TEST_CASE("a truth without regions is an error that names the file") {
  const TempFolder folder;
  write(folder.path() / "truth.json", "{}");

  const auto error = error_of([&] { histo::demo::read_truth(folder.path() / "truth.json"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "truth.json is no truth of a slide: "));
}
