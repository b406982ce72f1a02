#include <string>

#include "histo/encoder.hpp"

#include "support/catch.hpp"
#include "unit/encoder_fixture.hpp"

using histo::EncoderOptions;
using histo::ErrorKind;
using histo::ModelCard;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

TEST_CASE("encoder: options out of range are refused by the option's name") {
  EncoderOptions options;
  for (const char* device : {"auto", "cpu", "cuda", "cuda:0", "cuda:12"}) {
    options.device = device;
    CHECK_FALSE(error_of([&] { histo::validate(options); }));
  }
  for (const char* device : {"", "gpu", "cuda:", "cuda:-1", "cuda:1x", "cuda:12345", "CPU"}) {
    options.device = device;
    const auto error = error_of([&] { histo::validate(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    CHECK(error->what() ==
          "--device must be auto, cpu, cuda or cuda:N, got \"" + std::string(device) + "\"");
  }

  options = EncoderOptions();
  options.threads = 0;
  const auto error = error_of([&] { histo::validate(options); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(error->what() == std::string("--threads must be at least 1, got 0"));
}

TEST_CASE("encoder: loading looks at the file's sum before anything else") {
  const TempFolder folder;
  const ModelCard card = histo::test::made_model(folder.path(), "bytes");
  histo::test::write_text(card.torchscript, "other");

  const auto error = error_of([&] { histo::load_encoder(card, EncoderOptions()); });

  REQUIRE(error);
  CHECK(contains(error->what(), "its SHA-256 is"));
}

TEST_CASE("encoder: without its module there is a sentence with what to do") {
  const TempFolder folder;
  const ModelCard card = histo::test::made_model(folder.path(), "bytes");
  EncoderOptions options;
  options.module_folder = folder.path() / "lib";

  const auto error = error_of([&] { histo::load_encoder(card, options); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(), "the module that runs models cannot be opened: " +
                                    (folder.path() / "lib/histo_torch.so").string()));
  CHECK(contains(error->what(), "; it is built with HISTO_ENCODER=ON and lies in lib/histo"));
  CHECK(contains(histo::libtorch_version(options.module_folder), "not available: "));
}

TEST_CASE("encoder: a module of another version of the program is refused") {
  const TempFolder folder;
  const ModelCard card = histo::test::made_model(folder.path(), "bytes");
  EncoderOptions options;
  options.module_folder = HISTO_STRANGE_MODULE_DIR;

  const auto error = error_of([&] { histo::load_encoder(card, options); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(
      contains(error->what(), "histo_torch.so: is of version 0.0.0-strange and this program is "));
  CHECK(contains(error->what(), "; install both from one build"));
}

TEST_CASE("encoder: a module that lacks a function is refused by the function's name") {
  const auto error = error_of([] { histo::libtorch_version(HISTO_STRANGE_MODULE_DIR); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(error->what() == std::string("histo_torch.so: has no function histo_torch_libtorch; it is "
                                     "not the encoder's module"));
}
