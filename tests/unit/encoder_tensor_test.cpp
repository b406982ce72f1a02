// Needs the module that holds LibTorch. The files of Python's torch.save that are read here are
// those that our own writer makes; tests/parity/readers.py reads and writes them with Python.
#include <string>

#include "histo/tensor_file.hpp"

#include "core/files.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

const std::filesystem::path module_folder = HISTO_MODULE_DIR;
const std::vector<float> six = {0.1F, -2.0F, 3e-20F, 1e10F, 0.0F, 7.0F};

}  // namespace

TEST_CASE("tensor file: what was written comes back") {
  const TempFolder temp;
  write_tensor_file(temp.path() / "a.pt", six.data(), 2, 3, module_folder);

  const FloatMatrix found = read_tensor_file(temp.path() / "a.pt", module_folder);

  CHECK(found.rows == 2);
  CHECK(found.columns == 3);
  CHECK(found.values == six);
}

TEST_CASE("tensor file: it may have no rows") {
  const TempFolder temp;
  write_tensor_file(temp.path() / "a.pt", six.data(), 0, 3, module_folder);

  const FloatMatrix found = read_tensor_file(temp.path() / "a.pt", module_folder);

  CHECK(found.rows == 0);
  CHECK(found.columns == 3);
}

TEST_CASE("tensor file: equal tensors are equal bytes") {
  const TempFolder temp;
  write_tensor_file(temp.path() / "a.pt", six.data(), 2, 3, module_folder);
  write_tensor_file(temp.path() / "b.pt", six.data(), 2, 3, module_folder);

  CHECK(read_text(temp.path() / "a.pt") == read_text(temp.path() / "b.pt"));
}

TEST_CASE("tensor file: another file is an error that says what is wrong") {
  const TempFolder temp;
  const std::filesystem::path file = temp.path() / "a.pt";
  const auto refusal = [&](const std::string& bytes) {
    replace_file(file, bytes);
    const auto error = error_of([&] { read_tensor_file(file, module_folder); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    return std::string(error->what());
  };
  CHECK(contains(refusal("no tensor"), "a.pt: is no file that PyTorch 1.6 or a later one saved"));
  CHECK(contains(refusal(""), "a.pt: is no file that PyTorch 1.6 or a later one saved"));
  write_tensor_file(file, six.data(), 2, 3, module_folder);
  const std::string whole = read_text(file);
  CHECK(contains(refusal(whole.substr(0, whole.size() / 2)),
                 "a.pt: is damaged, or holds more than a tensor: "));
  // A model is an archive too.
  CHECK(contains(refusal(read_text(std::string(HISTO_MODELS_DIR) + "/random_vit_tiny.pt")),
                 "a.pt: is damaged, or holds more than a tensor: "));
}

TEST_CASE("tensor file: without the module it is an error of the program") {
  const TempFolder temp;
  const auto error =
      error_of([&] { write_tensor_file(temp.path() / "a.pt", six.data(), 2, 3, temp.path()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(), "the module that reads and writes .pt files cannot be opened: "));
}
