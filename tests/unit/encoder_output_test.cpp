// What a model may give and what becomes of it, by TorchScript that the fixture writes by hand.
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "unit/encoder_torch_fixture.hpp"

using histo::LoadedEncoder;
using histo::ModelCard;
using histo::test::Approx;
using histo::test::CardText;
using histo::test::channel_mean;
using histo::test::channel_means;
using histo::test::channel_values;
using histo::test::contains;
using histo::test::joined;
using histo::test::json_list;
using histo::test::made_model;
using histo::test::module_options;
using histo::test::refusal;
using histo::test::ScriptedFile;
using histo::test::TempFolder;

namespace {

// Three tokens of 16 values: the red, green and blue pixels, row by row.
const ScriptedFile channels_as_tokens{"    return torch.flatten(x, 2)\n"};

const std::string item_advice =
    "; correct outputs.layout, outputs.dim or outputs.item of the card, or export both again with "
    "models/export.py";

CardText tokens_card(const std::string& pool, const std::vector<double>& values,
                     const std::string& dim = "16", const std::string& l2 = "false") {
  CardText card;
  card.outputs = R"({"layout": "tokens", "dim": )" + dim + R"(, "l2": )" + l2 + R"(, "pool": ")" +
                 pool + R"(", "prefix_tokens": 1, "cls_index": 0})";
  card.values = json_list(values);
  return card;
}

std::vector<double> mean_of_green_and_blue() {
  std::vector<double> values = channel_values(1);
  const std::vector<double> blue = channel_values(2);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (values[i] + blue[i]) / 2;
  return values;
}

// Two blocks' class tokens and the mean of the last block's patches, 16 values each: the channels.
CardText blocks_card(const std::string& more, const std::string& dim, const std::string& l2) {
  CardText card;
  card.outputs = R"({"layout": "blocks", "blocks": 2, )" + more + R"("dim": )" + dim +
                 R"(, "l2": )" + l2 + "}";
  card.values = json_list({channel_values(0)[0], channel_values(2)[15]});
  card.stride = "47";
  return card;
}

// The feature of the card's test image.
std::vector<float> feature_of(const ModelCard& card) {
  const LoadedEncoder loaded = histo::load_encoder(card, module_options());
  std::vector<std::uint8_t> image;
  for (std::int64_t i = 0; i < card.crop_size * card.crop_size * 3; ++i) {
    image.push_back(histo::test::pattern(i / 3 / card.crop_size, i / 3 % card.crop_size, i % 3));
  }
  std::vector<float> feature(loaded.encoder->dim());
  std::vector<float> in_one_call(feature.size());
  const auto normalised = histo::test::normalisations(card, 1);
  loaded.encoder->encode(image.data(), normalised.data(), 1, feature.data());
  loaded.encoder->encode_in_one_call(image.data(), normalised.data(), 1, in_one_call.data());
  CHECK(in_one_call == feature);
  return feature;
}

void check_near(const std::vector<float>& found, const std::vector<double>& wanted) {
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(static_cast<double>(found[i]) == Approx(wanted[i]).margin(1e-5));
  }
}

CardText item_card(const std::string& item) {
  CardText card;
  card.outputs = R"({"layout": "vector", "dim": 3, "l2": false, "item": )" + item + "}";
  card.values = channel_means();
  return card;
}

const std::string means = "torch.mean(x, [2, 3])";
const ScriptedFile tuple{"    return (x, " + means + ")\n", "Tuple[Tensor, Tensor]"};
const ScriptedFile dictionary{"    return {\"image\": x, \"feature\": " + means + "}\n",
                              "Dict[str, Tensor]"};

}  // namespace

TEST_CASE("encoder: tokens are pooled as the card says") {
  const std::vector<double> cls = channel_values(0);
  const std::vector<double> mean = mean_of_green_and_blue();
  const std::vector<double> both = joined(cls, mean);

  CHECK(refusal(channels_as_tokens, tokens_card("cls", cls)) == "accepted");
  CHECK(refusal(channels_as_tokens, tokens_card("mean_patch", mean)) == "accepted");
  CHECK(refusal(channels_as_tokens, tokens_card("cls+mean_patch", both, "32")) == "accepted");
  CHECK(contains(refusal(channels_as_tokens, tokens_card("mean_patch", cls)), "self-test"));
}

TEST_CASE("encoder: features are divided by their norm where the card says so") {
  std::vector<double> unit = channel_values(0);
  double square = 0.0;
  for (const double value : unit) square += value * value;
  for (double& value : unit) value /= std::sqrt(square);

  CHECK(refusal(channels_as_tokens, tokens_card("cls", unit, "16", "true")) == "accepted");
}

TEST_CASE("encoder: a tuple, a list or a dictionary may hold the feature first") {
  CardText card;
  card.values = channel_means();

  CHECK(refusal({"    return (" + means + ", x)\n", "Tuple[Tensor, Tensor]"}, card) == "accepted");
  CHECK(refusal({"    return [" + means + ", x]\n", "List[Tensor]"}, card) == "accepted");
  CHECK(refusal({"    return {\"f\": " + means + ", \"x\": x}\n", "Dict[str, Tensor]"}, card) ==
        "accepted");
}

TEST_CASE("encoder: the card names the feature's place in a tuple, list or dictionary") {
  CHECK(refusal(tuple, item_card("1")) == "accepted");
  CHECK(refusal({"    return [x, x, " + means + "]\n", "List[Tensor]"}, item_card("2")) ==
        "accepted");
  CHECK(refusal(dictionary, item_card("1")) == "accepted");
}

TEST_CASE("encoder: the card names the feature's key in a dictionary") {
  CHECK(refusal(dictionary, item_card(R"("feature")")) == "accepted");
  CHECK(contains(refusal(dictionary, item_card(R"("image")")), "its output is 1 x 3 x 4 x 4"));
}

TEST_CASE("encoder: an item that is not there is refused with what is there") {
  const std::string gives = "model made: gives a ";
  const std::string item = ", and outputs.item of its card is ";

  CHECK(refusal(tuple, item_card("2")) ==
        gives + "tuple of 2 values" + item + "2: set it to a place from 0 to 1");
  CHECK(refusal(tuple, item_card(R"("feature")")) ==
        gives + "tuple of 2 values" + item + "\"feature\": set it to a place from 0 to 1");
  CHECK(refusal({"    return [" + means + "]\n", "List[Tensor]"}, item_card("1")) ==
        gives + "list of 1 value" + item + "1: set it to 0, or leave it out");
  CHECK(refusal({"    return annotate(List[Tensor], [])\n", "List[Tensor]"}, item_card("0")) ==
        gives + "list of 0 values" + item + "0: export the model so that it gives features");
  CHECK(refusal(dictionary, item_card(R"("features")")) ==
        gives + "dictionary of \"image\", \"feature\"" + item +
            "\"features\": set it to one of these");
  CHECK(refusal(dictionary, item_card("2")) ==
        gives + "dictionary of \"image\", \"feature\"" + item + "2: set it to one of these");
  CHECK(refusal({"    return {7: " + means + "}\n", "Dict[int, Tensor]"}, item_card(R"("7")")) ==
        gives + "dictionary of 1 without texts as keys" + item +
            "\"7\": set it to 0, or leave it out");
  CHECK(refusal({"    return annotate(Dict[str, Tensor], {})\n", "Dict[str, Tensor]"},
                item_card("0")) == "model made: gives an empty dictionary" + item +
                                       "0: export the model so that it gives features");
  CHECK(refusal(ScriptedFile(), item_card("1")) ==
        "model made: gives one tensor" + item + "1: leave it out");
}

TEST_CASE("encoder: an output that is no tensor is refused by its kind") {
  const std::string advice =
      " and not a tensor, nor a tuple, list or dictionary with one at outputs.item of its card, 0; "
      "set outputs.item to the features' place";

  CHECK(refusal({"    return 3\n", "int"}) == "model made: gives Int" + advice);
  CHECK(refusal({"    return (3, x)\n", "Tuple[int, Tensor]"}) == "model made: gives Int" + advice);
}

TEST_CASE("encoder: an output of another shape than the card's is refused with both") {
  const std::string its = "model made: its output is ";
  CardText blocks = blocks_card("", "16", "false");

  CHECK(refusal({"    return torch.flatten(x, 1)\n"}) ==
        its + "1 x 48 and its card says 1 x 3" + item_advice);
  CHECK(refusal({"    return torch.flatten(x, 2)\n"}) ==
        its + "1 x 3 x 16 and its card says 1 x 3" + item_advice);
  CHECK(refusal({"    return torch.mean(x, [0, 2, 3])\n"}) ==
        its + "3 and its card says 1 x 3" + item_advice);
  CHECK(refusal({"    return torch.mean(x)\n"}) ==
        its + "one number and its card says 1 x 3" + item_advice);
  CHECK(refusal({"    return torch.mean(x, [1], True)\n"}, tokens_card("cls", {0.0})) ==
        its + "1 x 1 x 4 x 4 and its card says 1 x tokens x 16 with more than 1 tokens" +
            item_advice);
  CHECK(contains(refusal({"    return torch.mean(torch.flatten(x, 2), [1], True)\n"},
                         tokens_card("cls", {0.0})),
                 its + "1 x 1 x 16 and its card says 1 x tokens x 16"));
  CHECK(refusal({"    return torch.flatten(x, 1)\n"}, blocks) ==
        its + "1 x 48 and its card says 1 x 3 x 16" + item_advice);
}

TEST_CASE("encoder: the class tokens of the last blocks and the patches' mean are chosen") {
  const TempFolder folder;
  const ModelCard card =
      made_model(folder.path(), channels_as_tokens.bytes(), blocks_card("", "16", "false"));
  const std::vector<double> red = channel_values(0);
  const std::vector<double> green = channel_values(1);
  const std::vector<double> blue = channel_values(2);

  check_near(feature_of(card), green);
  check_near(feature_of(histo::with_blocks(card, 2, false)), joined(red, green));
  check_near(feature_of(histo::with_blocks(card, std::nullopt, true)), joined(green, blue));
  check_near(feature_of(histo::with_blocks(card, 2, true)), joined(joined(red, green), blue));
}

TEST_CASE("encoder: the card itself may choose blocks and the patches' mean") {
  const TempFolder folder;
  const ModelCard card =
      made_model(folder.path(), channels_as_tokens.bytes(),
                 blocks_card(R"("num_blocks": 2, "avg_pool": true, )", "48", "false"));

  check_near(feature_of(card),
             joined(joined(channel_values(0), channel_values(1)), channel_values(2)));
  CHECK(feature_of(histo::with_blocks(card, 1, false)).size() == 32);
}

TEST_CASE("encoder: the chosen blocks, not the whole output, are divided by their norm") {
  const TempFolder folder;
  const ModelCard card =
      made_model(folder.path(), channels_as_tokens.bytes(), blocks_card("", "16", "true"));
  std::vector<double> unit = channel_values(1);
  double square = 0.0;
  for (const double value : unit) square += value * value;
  for (double& value : unit) value /= std::sqrt(square);

  check_near(feature_of(card), unit);
}

TEST_CASE("encoder: chosen blocks without a norm are refused with their image") {
  const TempFolder folder;
  CardText zeros = blocks_card("", "16", "true");
  zeros.values = "[0]";
  const ModelCard card = made_model(
      folder.path(), ScriptedFile{"    return torch.mul(torch.flatten(x, 2), 0)\n"}.bytes(), zeros);

  const auto error = histo::test::error_of([&] { feature_of(card); });

  REQUIRE(error);
  CHECK(contains(error->what(),
                 "model made: the feature of image 0 of a batch has a value that is not finite"));
}
