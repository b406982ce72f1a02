// Needs the module that holds LibTorch.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/encoder.hpp"

#include "support/catch.hpp"
#include "unit/encoder_torch_fixture.hpp"

using histo::EncoderOptions;
using histo::ErrorKind;
using histo::LoadedEncoder;
using histo::ModelCard;
using histo::Normalisation;
using histo::test::CardText;
using histo::test::channel_means;
using histo::test::contains;
using histo::test::error_of;
using histo::test::images;
using histo::test::made_model;
using histo::test::module_options;
using histo::test::normalisations;
using histo::test::ScriptedFile;
using histo::test::TempFolder;

namespace {

constexpr std::int64_t side = histo::test::model_side;

ModelCard random_vit() {
  ModelCard card = histo::find_model("random_vit_tiny", {HISTO_MODELS_DIR});
  card.allowed_precisions = {"float32", "bfloat16", "float16"};
  return card;
}

EncoderOptions options_with(const std::string& precision, std::size_t threads = 1) {
  EncoderOptions options = module_options("cpu", threads);
  options.precision = precision;
  return options;
}

std::vector<float> features_of(const LoadedEncoder& loaded, const ModelCard& card, std::size_t n) {
  std::vector<float> features(n * card.dim);
  loaded.encoder->encode(images(n, card.crop_size).data(), normalisations(card, n).data(), n,
                         features.data());
  return features;
}

}  // namespace

TEST_CASE("encoder: the precision is float32 where the card prefers it") {
  CHECK(histo::load_encoder(random_vit(), options_with("auto")).precision == "float32");
}

TEST_CASE("encoder: bfloat16 gives other features than float32, and nearly the same") {
  const ModelCard card = random_vit();
  const LoadedEncoder full = histo::load_encoder(card, options_with("fp32"));
  const LoadedEncoder lower = histo::load_encoder(card, options_with("bf16"));

  const std::vector<float> wanted = features_of(full, card, 1);
  const std::vector<float> found = features_of(lower, card, 1);

  CHECK(full.precision == "float32");
  CHECK(lower.precision == "bfloat16");
  CHECK(found != wanted);
  double product = 0.0;
  double found_square = 0.0;
  double wanted_square = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    product += static_cast<double>(found[i]) * static_cast<double>(wanted[i]);
    found_square += static_cast<double>(found[i]) * static_cast<double>(found[i]);
    wanted_square += static_cast<double>(wanted[i]) * static_cast<double>(wanted[i]);
  }
  CHECK(product / std::sqrt(found_square * wanted_square) > 0.999);
}

TEST_CASE("encoder: a row depends on its own image alone in bfloat16 too, to the last bit") {
  const ModelCard card = random_vit();
  const LoadedEncoder one_thread = histo::load_encoder(card, options_with("bf16", 1));
  const LoadedEncoder three_threads = histo::load_encoder(card, options_with("bf16", 3));
  constexpr std::size_t n = 5;

  const std::vector<float> together = features_of(three_threads, card, n);

  const std::vector<std::uint8_t> batch = images(n, card.crop_size);
  for (std::size_t i = 0; i < n; ++i) {
    INFO("image " << i);
    std::vector<float> alone(card.dim);
    one_thread.encoder->encode(
        batch.data() + i * static_cast<std::size_t>(3 * card.crop_size * card.crop_size),
        normalisations(card, 1).data(), 1, alone.data());
    CHECK(std::equal(alone.begin(), alone.end(), together.data() + i * card.dim));
  }
}

TEST_CASE("encoder: float16 on the CPU is refused when a model is loaded") {
  const auto error = error_of([] { histo::load_encoder(random_vit(), options_with("fp16")); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(contains(error->what(), "--precision fp16: the model runs on the CPU"));
}

TEST_CASE("encoder: a model whose features turn in bfloat16 is refused there") {
  const TempFolder folder;
  // 1000 + the channels' means, multiplied by ones: bfloat16 tells numbers near 1000 only in steps
  // of 4. What is left after 1000 goes off again is noise.
  const ScriptedFile cancelling{
      "    y = torch.add(torch.mean(x, [2, 3]), 1000)\n"
      "    return torch.sub(torch.matmul(y, torch.eye(3)), 1000)\n"};
  CardText text;
  text.values = channel_means();
  ModelCard card = made_model(folder.path(), cancelling.bytes(), text);
  card.allowed_precisions = {"float32", "bfloat16"};
  CHECK_FALSE(error_of([&] { histo::load_encoder(card, options_with("fp32")); }));

  const auto error = error_of([&] { histo::load_encoder(card, options_with("bf16")); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(),
                 "model made: self-test in bfloat16: the feature at batch 1 has a "
                 "cosine of "));
}

TEST_CASE("encoder: of chosen blocks, submitted batches give what encoded ones do") {
  const TempFolder folder;
  const ScriptedFile tokens{"    return torch.flatten(x, 2)\n"};
  CardText text;
  text.outputs = R"({"layout": "blocks", "blocks": 2, "dim": 16, "l2": false})";
  text.values = histo::test::json_list({histo::test::channel_values(0)[0]});
  const ModelCard card = made_model(folder.path(), tokens.bytes(), text);
  const LoadedEncoder loaded = histo::load_encoder(card, module_options());
  const std::vector<std::uint8_t> batch = images(3, side);
  const std::vector<Normalisation> normalised = normalisations(card, 3);
  std::vector<float> encoded(3 * card.dim);
  std::vector<float> fetched(3 * card.dim);

  loaded.encoder->encode(batch.data(), normalised.data(), 3, encoded.data());
  loaded.encoder->submit(batch.data(), normalised.data(), 3);
  loaded.encoder->fetch(fetched.data());

  CHECK(fetched == encoded);
  CHECK(loaded.encoder->ahead() == 1);
  const auto error = error_of([&] { loaded.encoder->fetch(fetched.data()); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
}
