#include <fstream>
#include <limits>
#include <string>

#include "core/files.hpp"
#include "store/fitted_file.hpp"
#include "store/hdf5_datasets.hpp"
#include "store/hdf5_writer.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

Fitted small_model() {
  Fitted fitted;
  fitted.kind = "probe";
  fitted.texts = {{"encoder", "toy"}, {"label", "Gewebe \xC3\xBC"}};
  fitted.lists = {{"classes", {"benign", "", "tumour, high grade"}}, {"groups", {}}};
  fitted.numbers["coefficients"] = DoubleMatrix(2, 3);
  fitted.numbers["coefficients"].values = {1.0 / 3.0, -0.0, 1e-300, 2, 3, 4};
  fitted.numbers["cost"] = row_of(0.12);
  fitted.features["references"] = {2, 2, {0.5F, 1.0F / 3.0F, -7.0F, 0.0F}};
  return fitted;
}

}  // namespace

TEST_CASE("fitted file: what was written is read back to the last bit") {
  const TempFolder folder;
  const Fitted before = small_model();

  write_fitted(folder.path() / "model.h5", before);
  const Fitted after = read_fitted(folder.path() / "model.h5", "probe");

  CHECK(after.texts == before.texts);
  CHECK(after.lists == before.lists);
  CHECK(after.matrix("coefficients").values == before.matrix("coefficients").values);
  CHECK(after.matrix("coefficients").rows == 2);
  CHECK(after.number("cost") == 0.12);
  CHECK(after.table("references").values == before.table("references").values);
  CHECK(after.numbers.size() == 2);
}

TEST_CASE("fitted file: equal contents give equal bytes") {
  const TempFolder folder;

  write_fitted(folder.path() / "a.h5", small_model());
  write_fitted(folder.path() / "b.h5", small_model());

  CHECK(read_file(folder.path() / "a.h5") == read_file(folder.path() / "b.h5"));
}

TEST_CASE("fitted file: one long row takes its own bytes and no more") {
  const TempFolder folder;
  Fitted fitted = small_model();
  fitted.numbers["labels"] = row_of(std::vector<double>(10000, 1.0));

  write_fitted(folder.path() / "model.h5", fitted);

  CHECK(std::filesystem::file_size(folder.path() / "model.h5") < 100000);
}

TEST_CASE("fitted file: one of another kind is refused with both names") {
  const TempFolder folder;
  write_fitted(folder.path() / "model.h5", small_model());

  const auto error = error_of([&] { read_fitted(folder.path() / "model.h5", "knn"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "model.h5: holds 'probe', and 'knn' is wanted"));
}

TEST_CASE("fitted file: what is missing or of another shape is named with the file") {
  const TempFolder folder;
  write_fitted(folder.path() / "model.h5", small_model());
  const Fitted fitted = read_fitted(folder.path() / "model.h5", "probe");

  for (const auto& error :
       {error_of([&] { fitted.text("scale"); }), error_of([&] { fitted.list("scale"); }),
        error_of([&] { fitted.matrix("scale"); }), error_of([&] { fitted.table("scale"); })}) {
    REQUIRE(error);
    CHECK(contains(error->what(), "model.h5: has no 'scale'"));
  }
  CHECK(contains(error_of([&] { fitted.vector("coefficients"); })->what(),
                 "'coefficients' has 2 rows, and 1 is wanted"));
}

TEST_CASE("fitted file: a vector where one number is wanted is refused") {
  const TempFolder folder;
  Fitted fitted = small_model();
  fitted.numbers["cost"] = row_of({1.0, 2.0});
  write_fitted(folder.path() / "model.h5", fitted);

  const Fitted read = read_fitted(folder.path() / "model.h5", "probe");

  CHECK(contains(error_of([&] { read.number("cost"); })->what(),
                 "'cost' holds 2 numbers, and 1 is wanted"));
}

TEST_CASE("fitted file: numbers that do not fill their rows are an error of ours") {
  const TempFolder folder;
  Fitted fitted = small_model();
  fitted.numbers["cost"].values.clear();

  const auto error = error_of([&] { write_fitted(folder.path() / "model.h5", fitted); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "/cost has no columns, or not as many numbers"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("fitted file: other files are refused") {
  const TempFolder folder;
  std::ofstream(folder.path() / "text.h5") << "no HDF5";
  hdf5::FileWriter plain(folder.path() / "plain.h5");
  plain.commit();
  hdf5::FileWriter newer(folder.path() / "newer.h5");
  hdf5::write_text(newer.file(), "kind", "knn", newer.subject());
  hdf5::write_integer(newer.file(), "format_version", 2, newer.subject());
  newer.commit();

  CHECK(contains(error_of([&] { read_fitted(folder.path() / "text.h5", "knn"); })->what(),
                 "text.h5: cannot be opened as an HDF5 file"));
  CHECK(contains(error_of([&] { read_fitted(folder.path() / "plain.h5", "knn"); })->what(),
                 "plain.h5: is no fitted model of histoencoder's"));
  CHECK(contains(error_of([&] { read_fitted(folder.path() / "newer.h5", "knn"); })->what(),
                 "newer.h5: is of format 2, and 1 is known"));
}

TEST_CASE("fitted file: a dataset of whole numbers is refused") {
  const TempFolder folder;
  hdf5::FileWriter file(folder.path() / "model.h5");
  hdf5::write_text(file.file(), "kind", "knn", file.subject());
  hdf5::write_integer(file.file(), "format_version", 1, file.subject());
  hdf5::TableWriter table(file.file(), "sizes", hdf5::Number::int64, 1, file.subject());
  const std::int64_t size = 3;
  table.append(&size, 1);
  table.finish();
  file.commit();

  CHECK(contains(error_of([&] { read_fitted(folder.path() / "model.h5", "knn"); })->what(),
                 "/sizes holds neither texts nor floating-point numbers"));
}

TEST_CASE("hdf5: a table of numbers is no list of texts") {
  const TempFolder folder;
  write_fitted(folder.path() / "model.h5", small_model());
  const hdf5::Subject subject{"model", ErrorKind::input};
  const hdf5::Handle file = hdf5::open_file(folder.path() / "model.h5", subject);

  CHECK(contains(error_of([&] { hdf5::read_texts(file, "cost", subject); })->what(),
                 "model: /cost is no list of texts"));
}
