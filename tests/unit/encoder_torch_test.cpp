// Needs the module that holds LibTorch. Most models here are TorchScript that the fixture writes by
// hand.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "histo/encoder.hpp"

#include "core/files.hpp"
#include "support/catch.hpp"
#include "unit/encoder_torch_fixture.hpp"

using histo::ErrorKind;
using histo::LoadedEncoder;
using histo::ModelCard;
using histo::Normalisation;
using histo::test::Approx;
using histo::test::CardText;
using histo::test::channel_mean;
using histo::test::channel_means;
using histo::test::contains;
using histo::test::error_of;
using histo::test::images;
using histo::test::json_list;
using histo::test::made_model;
using histo::test::module_options;
using histo::test::normalisations;
using histo::test::refusal;
using histo::test::ScriptedFile;
using histo::test::TempFolder;

namespace {

constexpr std::int64_t side = histo::test::model_side;

ModelCard random_vit() { return histo::find_model("random_vit_tiny", {HISTO_MODELS_DIR}); }

}  // namespace

TEST_CASE("encoder: the random ViT loads on the CPU and passes its self-test") {
  const LoadedEncoder loaded = histo::load_encoder(random_vit(), module_options());

  CHECK(loaded.encoder->dim() == 192);
  CHECK(loaded.device == "cpu");
  CHECK(loaded.warnings.empty());  // one here says that LibTorch's BLAS is not OpenBLAS
}

TEST_CASE("encoder: the table of encoders names the random ViT's file") {
  const std::string table = histo::read_text(std::filesystem::path(HISTO_MODELS_DIR) / "README.md");

  CHECK(contains(table, "| `random_vit_tiny` |"));
  CHECK(contains(table, random_vit().sha256));
}

TEST_CASE("encoder: a row depends on its own image alone, to the last bit on the CPU") {
  const ModelCard card = random_vit();
  const LoadedEncoder one_thread = histo::load_encoder(card, module_options("cpu", 1));
  const LoadedEncoder three_threads = histo::load_encoder(card, module_options("cpu", 3));
  const auto image_bytes = static_cast<std::size_t>(3 * card.crop_size * card.crop_size);
  constexpr std::size_t n = 7;
  const std::vector<std::uint8_t> batch = images(n, card.crop_size);
  std::vector<std::uint8_t> backwards;
  for (std::size_t i = n; i-- > 0;) {
    const auto begin = batch.begin() + static_cast<std::ptrdiff_t>(i * image_bytes);
    backwards.insert(backwards.end(), begin, begin + static_cast<std::ptrdiff_t>(image_bytes));
  }

  std::vector<float> together(n * card.dim);
  std::vector<float> threaded(n * card.dim);
  std::vector<float> reversed(n * card.dim);
  const std::vector<Normalisation> normalised = normalisations(card, n);
  one_thread.encoder->encode(batch.data(), normalised.data(), n, together.data());
  three_threads.encoder->encode(batch.data(), normalised.data(), n, threaded.data());
  three_threads.encoder->encode(backwards.data(), normalised.data(), n, reversed.data());

  CHECK(threaded == together);
  for (std::size_t i = 0; i < n; ++i) {
    INFO("image " << i);
    std::vector<float> alone(card.dim);
    one_thread.encoder->encode(batch.data() + i * image_bytes, normalised.data(), 1, alone.data());
    const float* row = together.data() + i * card.dim;
    const float* reversed_row = reversed.data() + (n - 1 - i) * card.dim;
    CHECK(std::equal(alone.begin(), alone.end(), row));
    CHECK(std::equal(alone.begin(), alone.end(), reversed_row));
  }
}

TEST_CASE("encoder: different images have different features") {
  const ModelCard card = random_vit();
  const LoadedEncoder loaded = histo::load_encoder(card, module_options());
  const auto image_bytes = static_cast<std::size_t>(3 * card.crop_size * card.crop_size);
  std::vector<std::uint8_t> batch(2 * image_bytes, 128);
  std::copy_n(images(1, card.crop_size).begin(), image_bytes, batch.begin());
  std::vector<float> features(2 * card.dim);

  loaded.encoder->encode(batch.data(), normalisations(card, 2).data(), 2, features.data());

  double product = 0.0;
  std::array<double, 2> squares{};
  for (std::size_t j = 0; j < card.dim; ++j) {
    const auto first = static_cast<double>(features[j]);
    const auto second = static_cast<double>(features[card.dim + j]);
    product += first * second;
    squares[0] += first * first;
    squares[1] += second * second;
  }
  CHECK(product / std::sqrt(squares[0] * squares[1]) < 0.9);
}

TEST_CASE("encoder: no images give no features") {
  const LoadedEncoder loaded = histo::load_encoder(random_vit(), module_options("cpu", 2));
  float untouched = 7.0F;

  loaded.encoder->encode(nullptr, nullptr, 0, &untouched);
  loaded.encoder->encode_in_one_call(nullptr, nullptr, 0, &untouched);

  CHECK(untouched == 7.0F);
}

TEST_CASE(
    "encoder: pixels reach the model as (pixel / 255 - mean) / std in planes of red, green, blue") {
  const TempFolder folder;
  CardText card;
  card.values = channel_means();

  const ModelCard made = made_model(folder.path(), ScriptedFile().bytes(), card);

  const LoadedEncoder loaded = histo::load_encoder(made, module_options());

  std::vector<std::uint8_t> image(3 * side * side, 0);
  for (std::size_t i = 0; i < image.size(); i += 3) image[i] = 255;
  std::vector<float> feature(3);
  loaded.encoder->encode(image.data(), normalisations(made, 1).data(), 1, feature.data());
  CHECK(feature == std::vector<float>{1.0F, -1.0F, -6.0F});
}

TEST_CASE("encoder: the image with a value that is not finite is counted from 0") {
  const TempFolder folder;
  CardText card;
  card.values = "[1]";
  const ScriptedFile ones{
      "    y = torch.mean(x, [2, 3])\n    return torch.div(y, y)\n"};  // 0 / 0 for a mean image
  ModelCard made = made_model(folder.path(), ones.bytes(), card);
  const LoadedEncoder loaded = histo::load_encoder(made, module_options("cpu", 2));
  std::vector<std::uint8_t> batch = images(4, side);
  // A quarter of the green pixels at 255 and the others at 0 have the mean 0.25 = the card's.
  for (std::size_t i = 0; i < 3 * side * side; ++i)
    batch[2 * 3 * side * side + i] = i % 12 == 1 ? 255 : 0;
  std::vector<float> features(4 * 3);

  const auto error = error_of([&] {
    loaded.encoder->encode(batch.data(), normalisations(made, 4).data(), 4, features.data());
  });

  REQUIRE(error);
  CHECK(error->what() ==
        std::string("model made: the feature of image 2 of a batch has a value that is not finite; "
                    "the weights or "
                    "the export are damaged, so export the model again with models/export.py"));
}

TEST_CASE("encoder: a GPU that is not there is refused by the option's value") {
  const auto error =
      error_of([] { histo::load_encoder(random_vit(), module_options("cuda:999")); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(contains(error->what(), "--device cuda:999: this "));
  CHECK(contains(error->what(), "; use --device cpu or auto"));
}

TEST_CASE("encoder: without a GPU the automatic device is the CPU and says so") {
  const LoadedEncoder loaded = histo::load_encoder(random_vit(), module_options("auto"));

  if (loaded.device != "cpu") {
    std::cout << "SKIPPED: there is a GPU\n";
    return;
  }
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(contains(loaded.warnings.front(), "so the model runs on the CPU"));
}

TEST_CASE("encoder: LibTorch's version says what it was built for") {
  const std::string version = histo::libtorch_version(HISTO_MODULE_DIR);

  CHECK(version.find_first_of("0123456789") == 0);
  CHECK((contains(version, " (CPU)") || contains(version, " (CUDA)")));
}

TEST_CASE("encoder: each image has its own normalisation") {
  const TempFolder folder;
  CardText card;
  card.values = channel_means();
  const ModelCard made = made_model(folder.path(), ScriptedFile().bytes(), card);
  const LoadedEncoder loaded = histo::load_encoder(made, module_options("cpu", 2));
  const std::vector<std::uint8_t> white(3 * 3 * side * side, 255);
  const std::vector<Normalisation> normalised{
      {{0, 0, 0}, {1, 2, 4}}, {{0.5, 0.5, 0.5}, {1, 1, 1}}, {{1, 0, 0.5}, {0.5, 0.5, 0.5}}};
  const std::vector<float> wanted{1.0F, 0.5F, 0.25F, 0.5F, 0.5F, 0.5F, 0.0F, 2.0F, 1.0F};

  std::vector<float> one_by_one(9);
  std::vector<float> in_one_call(9);
  loaded.encoder->encode(white.data(), normalised.data(), 3, one_by_one.data());
  loaded.encoder->encode_in_one_call(white.data(), normalised.data(), 3, in_one_call.data());

  CHECK(one_by_one == wanted);
  CHECK(in_one_call == wanted);
}

TEST_CASE("encoder: where the slides give the mean, the self-test takes 0.5 and 0.25") {
  const TempFolder folder;
  CardText card;
  card.mean = card.deviation = R"("estimate")";
  // (pixel / 255 - 0.5) / 0.25 from the card's (pixel / 255 - mean) / std.
  card.values = json_list({(channel_mean(0) * 0.5 + 0.5 - 0.5) / 0.25,
                           (channel_mean(1) * 0.25 + 0.25 - 0.5) / 0.25,
                           (channel_mean(2) * 0.125 + 0.75 - 0.5) / 0.25});

  CHECK(refusal(ScriptedFile(), card) == "accepted");
  card.values = channel_means();
  CHECK(contains(refusal(ScriptedFile(), card), "self-test at batch 1: value 0"));
}

TEST_CASE("encoder: one call with several images gives what the images give alone") {
  const ModelCard card = random_vit();
  const LoadedEncoder loaded = histo::load_encoder(card, module_options());
  constexpr std::size_t n = 3;
  const std::vector<std::uint8_t> batch = images(n, card.crop_size);
  const std::vector<Normalisation> normalised = normalisations(card, n);
  std::vector<float> alone(n * card.dim);
  std::vector<float> together(n * card.dim);

  loaded.encoder->encode(batch.data(), normalised.data(), n, alone.data());
  loaded.encoder->encode_in_one_call(batch.data(), normalised.data(), n, together.data());

  for (std::size_t i = 0; i < alone.size(); ++i) {
    CHECK(static_cast<double>(together[i]) == Approx(static_cast<double>(alone[i])).margin(1e-4));
  }
}

TEST_CASE("encoder: loading tells how far the self-test was from the card") {
  const TempFolder folder;
  CardText card;
  card.values = json_list({channel_mean(0) + 0.0005});

  const LoadedEncoder loaded = histo::load_encoder(
      made_model(folder.path(), ScriptedFile().bytes(), card), module_options());

  CHECK(loaded.self_test_difference == Approx(0.0005).margin(2e-6));
}
