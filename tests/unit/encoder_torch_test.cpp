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
#include "unit/encoder_fixture.hpp"

using histo::EncoderOptions;
using histo::ErrorKind;
using histo::LoadedEncoder;
using histo::ModelCard;
using histo::test::Approx;
using histo::test::CardText;
using histo::test::contains;
using histo::test::error_of;
using histo::test::made_model;
using histo::test::pattern;
using histo::test::ScriptedFile;
using histo::test::TempFolder;

namespace {

constexpr std::int64_t side = 4;  // of the hand-written models' images

EncoderOptions options(const std::string& device = "cpu", std::size_t threads = 1) {
  EncoderOptions result;
  result.device = device;
  result.threads = threads;
  result.module_folder = HISTO_MODULE_DIR;
  return result;
}

ModelCard random_vit() { return histo::find_model("random_vit_tiny", {HISTO_MODELS_DIR}); }

// What the fixture's card makes of a pixel of the test image.
double normalised(std::int64_t y, std::int64_t x, std::size_t channel) {
  const std::array<double, 3> mean{0.5, 0.25, 0.75};
  const std::array<double, 3> deviation{0.5, 0.25, 0.125};
  const double value = pattern(y, x, static_cast<std::int64_t>(channel)) / 255.0;
  return (value - mean[channel]) / deviation[channel];
}

double channel_mean(std::size_t channel) {
  double sum = 0.0;
  for (std::int64_t y = 0; y < side; ++y) {
    for (std::int64_t x = 0; x < side; ++x) sum += normalised(y, x, channel);
  }
  return sum / (side * side);
}

std::string json_list(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "[" : ", ") + std::to_string(value);
  return text + "]";
}

std::string channel_means() {
  return json_list({channel_mean(0), channel_mean(1), channel_mean(2)});
}

// The sentence with which a model is refused; loading also runs the card's self-test.
std::string refusal_of_bytes(const std::string& pt_bytes, const CardText& card = {}) {
  const TempFolder folder;
  const auto error =
      error_of([&] { histo::load_encoder(made_model(folder.path(), pt_bytes, card), options()); });
  if (!error) return "accepted";
  CHECK(error->kind() == ErrorKind::model);
  CHECK_FALSE(contains(error->what(), "\n"));
  return error->what();
}

std::string refusal(const ScriptedFile& file, const CardText& card = {}) {
  return refusal_of_bytes(file.bytes(), card);
}

CardText tokens_card(const std::string& pool, const std::vector<double>& values,
                     const std::string& dim = "16", const std::string& l2 = "false") {
  CardText card;
  card.outputs = R"({"layout": "tokens", "dim": )" + dim + R"(, "l2": )" + l2 + R"(, "pool": ")" +
                 pool + R"(", "prefix_tokens": 1, "cls_index": 0})";
  card.values = json_list(values);
  return card;
}

// Three tokens of 16 values: the red, green and blue pixels, row by row.
const ScriptedFile channels_as_tokens{"    return torch.flatten(x, 2)\n"};

std::vector<double> red() {
  std::vector<double> values;
  for (std::int64_t i = 0; i < side * side; ++i)
    values.push_back(normalised(i / side, i % side, 0));
  return values;
}

std::vector<double> mean_of_green_and_blue() {
  std::vector<double> values;
  for (std::int64_t i = 0; i < side * side; ++i) {
    values.push_back((normalised(i / side, i % side, 1) + normalised(i / side, i % side, 2)) / 2);
  }
  return values;
}

// n different images of the encoder's size.
std::vector<std::uint8_t> images(std::size_t n, std::int64_t size) {
  const auto height = static_cast<std::int64_t>(n) * size;
  return histo::test::noise(size, height).bytes();
}

}  // namespace

TEST_CASE("encoder: the random ViT loads on the CPU and passes its self-test") {
  const LoadedEncoder loaded = histo::load_encoder(random_vit(), options());

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
  const LoadedEncoder one_thread = histo::load_encoder(card, options("cpu", 1));
  const LoadedEncoder three_threads = histo::load_encoder(card, options("cpu", 3));
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
  one_thread.encoder->encode(batch.data(), n, together.data());
  three_threads.encoder->encode(batch.data(), n, threaded.data());
  three_threads.encoder->encode(backwards.data(), n, reversed.data());

  CHECK(threaded == together);
  for (std::size_t i = 0; i < n; ++i) {
    INFO("image " << i);
    std::vector<float> alone(card.dim);
    one_thread.encoder->encode(batch.data() + i * image_bytes, 1, alone.data());
    const float* row = together.data() + i * card.dim;
    const float* reversed_row = reversed.data() + (n - 1 - i) * card.dim;
    CHECK(std::equal(alone.begin(), alone.end(), row));
    CHECK(std::equal(alone.begin(), alone.end(), reversed_row));
  }
}

TEST_CASE("encoder: different images have different features") {
  const ModelCard card = random_vit();
  const LoadedEncoder loaded = histo::load_encoder(card, options());
  const auto image_bytes = static_cast<std::size_t>(3 * card.crop_size * card.crop_size);
  std::vector<std::uint8_t> batch(2 * image_bytes, 128);
  std::copy_n(images(1, card.crop_size).begin(), image_bytes, batch.begin());
  std::vector<float> features(2 * card.dim);

  loaded.encoder->encode(batch.data(), 2, features.data());

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
  const LoadedEncoder loaded = histo::load_encoder(random_vit(), options("cpu", 2));
  float untouched = 7.0F;

  loaded.encoder->encode(nullptr, 0, &untouched);

  CHECK(untouched == 7.0F);
}

TEST_CASE(
    "encoder: pixels reach the model as (pixel / 255 - mean) / std in planes of red, green, blue") {
  const TempFolder folder;
  CardText card;
  card.values = channel_means();

  const LoadedEncoder loaded =
      histo::load_encoder(made_model(folder.path(), ScriptedFile().bytes(), card), options());

  std::vector<std::uint8_t> image(3 * side * side, 0);
  for (std::size_t i = 0; i < image.size(); i += 3) image[i] = 255;
  std::vector<float> feature(3);
  loaded.encoder->encode(image.data(), 1, feature.data());
  CHECK(feature == std::vector<float>{1.0F, -1.0F, -6.0F});
}

TEST_CASE("encoder: tokens are pooled as the card says") {
  const std::vector<double> cls = red();
  const std::vector<double> mean = mean_of_green_and_blue();
  std::vector<double> both = cls;
  both.insert(both.end(), mean.begin(), mean.end());

  CHECK(refusal(channels_as_tokens, tokens_card("cls", cls)) == "accepted");
  CHECK(refusal(channels_as_tokens, tokens_card("mean_patch", mean)) == "accepted");
  CHECK(refusal(channels_as_tokens, tokens_card("cls+mean_patch", both, "32")) == "accepted");
  CHECK(contains(refusal(channels_as_tokens, tokens_card("mean_patch", cls)), "self-test"));
}

TEST_CASE("encoder: features are divided by their norm where the card says so") {
  std::vector<double> unit = red();
  double square = 0.0;
  for (const double value : unit) square += value * value;
  for (double& value : unit) value /= std::sqrt(square);

  CHECK(refusal(channels_as_tokens, tokens_card("cls", unit, "16", "true")) == "accepted");
}

TEST_CASE("encoder: a tuple, a list or a dictionary may hold the feature first") {
  CardText card;
  card.values = channel_means();
  const std::string mean = "torch.mean(x, [2, 3])";

  CHECK(refusal({"    return (" + mean + ", x)\n", "Tuple[Tensor, Tensor]"}, card) == "accepted");
  CHECK(refusal({"    return [" + mean + ", x]\n", "List[Tensor]"}, card) == "accepted");
  CHECK(refusal({"    return {\"f\": " + mean + ", \"x\": x}\n", "Dict[str, Tensor]"}, card) ==
        "accepted");
}

TEST_CASE("encoder: an output that is no tensor is refused by its kind") {
  CHECK(contains(refusal({"    return 3\n", "int"}), "model made: gives Int and not a tensor"));
  CHECK(contains(refusal({"    return (3, x)\n", "Tuple[int, Tensor]"}), "gives Int"));
}

TEST_CASE("encoder: an output of another shape than the card's is refused with both") {
  CHECK(refusal({"    return torch.flatten(x, 1)\n"}) ==
        "model made: its output is 1 x 48 and its card says 1 x 3");
  CHECK(refusal({"    return torch.flatten(x, 2)\n"}) ==
        "model made: its output is 1 x 3 x 16 and its card says 1 x 3");
  CHECK(refusal({"    return torch.mean(x, [0, 2, 3])\n"}) ==
        "model made: its output is 3 and its card says 1 x 3");
  CHECK(refusal({"    return torch.mean(x)\n"}) ==
        "model made: its output is one number and its card says 1 x 3");
  CHECK(refusal({"    return torch.mean(x, [1], True)\n"}, tokens_card("cls", {0.0})) ==
        "model made: its output is 1 x 1 x 4 x 4 and its card says 1 x tokens x 16 with more than "
        "1 tokens");
  CHECK(contains(refusal({"    return torch.mean(torch.flatten(x, 2), [1], True)\n"},
                         tokens_card("cls", {0.0})),
                 "its output is 1 x 1 x 16 and its card says 1 x tokens x 16"));
}

TEST_CASE("encoder: a value that is not finite is refused with its image") {
  CardText of_length_1;
  of_length_1.outputs = R"({"layout": "vector", "dim": 3, "l2": true})";
  const std::string sentence =
      "model made: the feature of image 0 of a batch has a value that is not finite";

  CHECK(refusal({"    return torch.div(torch.mean(x, [2, 3]), 0)\n"}) == sentence);
  CHECK(refusal({"    return torch.mul(torch.mean(x, [2, 3]), 0)\n"}, of_length_1) == sentence);
}

TEST_CASE("encoder: the image with a value that is not finite is counted from 0") {
  const TempFolder folder;
  CardText card;
  card.values = "[1]";
  const ScriptedFile ones{
      "    y = torch.mean(x, [2, 3])\n    return torch.div(y, y)\n"};  // 0 / 0 for a mean image
  ModelCard made = made_model(folder.path(), ones.bytes(), card);
  const LoadedEncoder loaded = histo::load_encoder(made, options("cpu", 2));
  std::vector<std::uint8_t> batch = images(4, side);
  // A quarter of the green pixels at 255 and the others at 0 have the mean 0.25 = the card's.
  for (std::size_t i = 0; i < 3 * side * side; ++i)
    batch[2 * 3 * side * side + i] = i % 12 == 1 ? 255 : 0;
  std::vector<float> features(4 * 3);

  const auto error = error_of([&] { loaded.encoder->encode(batch.data(), 4, features.data()); });

  REQUIRE(error);
  CHECK(
      error->what() ==
      std::string("model made: the feature of image 2 of a batch has a value that is not finite"));
}

TEST_CASE("encoder: an error inside the model is one sentence without its traceback") {
  CHECK(refusal({"    return torch.mm(x, x)\n"}) == "model made: self must be a matrix");
  CHECK(refusal({"    ops.prim.RaiseException(\"wants other images.\")\n    return x\n"}) ==
        "model made: wants other images");
}

TEST_CASE("encoder: a file from a newer PyTorch is refused with what to do") {
  const std::string newer = "a newer PyTorch exported this file than LibTorch ";
  ScriptedFile from_the_future;
  from_the_future.version = "99";

  const std::string version = refusal(from_the_future);
  const std::string operation = refusal({"    return torch.not_yet_known(x)\n"});

  CHECK(contains(version, "made.pt: Attempted to read a PyTorch file with version 99"));
  CHECK(contains(version, newer));
  CHECK(contains(operation, "made.pt: Unknown builtin op: aten::not_yet_known; " + newer));
}

TEST_CASE("encoder: a file that is not TorchScript is refused with what to do") {
  ScriptedFile weights;
  weights.weights_only = true;
  const std::string hint = "; weights that torch.save wrote must be exported, see models/README.md";

  for (const std::string& bytes : {weights.bytes(), std::string("text"), std::string(),
                                   ScriptedFile().bytes().substr(0, 600)}) {
    INFO(bytes.size() << " bytes");
    const std::string sentence = refusal_of_bytes(bytes);
    INFO(sentence);
    CHECK(contains(sentence, "made.pt: not a TorchScript file ("));
    CHECK(contains(sentence, hint));
  }
}

TEST_CASE("encoder: a GPU that is not there is refused by the option's value") {
  const auto error = error_of([] { histo::load_encoder(random_vit(), options("cuda:999")); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(contains(error->what(), "--device cuda:999: this "));
  CHECK(contains(error->what(), "; use --device cpu or auto"));
}

TEST_CASE("encoder: without a GPU the automatic device is the CPU and says so") {
  const LoadedEncoder loaded = histo::load_encoder(random_vit(), options("auto"));

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
