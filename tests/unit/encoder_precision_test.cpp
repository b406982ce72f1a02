#include <limits>
#include <string>
#include <vector>

#include "histo/encoder.hpp"

#include "encoder/precision.hpp"
#include "encoder/self_test.hpp"
#include "support/catch.hpp"

using histo::ChosenPrecision;
using histo::DeviceAbilities;
using histo::ErrorKind;
using histo::ModelCard;
using histo::test::contains;
using histo::test::error_of;

namespace {

constexpr DeviceAbilities plain_cpu{true, false, false};
constexpr DeviceAbilities cpu_with_bfloat16{true, true, false};
constexpr DeviceAbilities gpu{false, true, true};

ModelCard card_that_prefers(const std::string& precision) {
  ModelCard card;
  card.name = "fake";
  card.preferred_precision = precision;
  card.allowed_precisions = {"float32", "bfloat16", "float16"};
  return card;
}

std::string refusal(const std::string& asked, const ModelCard& card) {
  const auto error = error_of([&] { histo::choose_precision(asked, card, plain_cpu); });
  if (!error) return "accepted";
  CHECK(error->kind() == ErrorKind::usage);
  return error->what();
}

}  // namespace

TEST_CASE("encoder: a precision is known by the option's name and by the card's") {
  CHECK(histo::precision_name("auto").empty());
  for (const char* name : {"fp32", "float32"}) CHECK(histo::precision_name(name) == "float32");
  for (const char* name : {"bf16", "bfloat16"}) CHECK(histo::precision_name(name) == "bfloat16");
  for (const char* name : {"fp16", "float16"}) CHECK(histo::precision_name(name) == "float16");

  histo::EncoderOptions options;
  options.precision = "half";
  const auto error = error_of([&] { histo::validate(options); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(error->what() == std::string("--precision must be auto, fp32, bf16 or fp16, got \"half\""));
}

TEST_CASE("encoder: the automatic precision is the card's, where the device is good at it") {
  CHECK(histo::choose_precision("auto", card_that_prefers("float32"), gpu).name == "float32");
  CHECK(histo::choose_precision("auto", card_that_prefers("float16"), gpu).name == "float16");
  CHECK(histo::choose_precision("auto", card_that_prefers("bfloat16"), gpu).name == "bfloat16");
  const ChosenPrecision chosen =
      histo::choose_precision("auto", card_that_prefers("bfloat16"), cpu_with_bfloat16);
  CHECK(chosen.name == "bfloat16");
  CHECK(chosen.warning.empty());
}

TEST_CASE("encoder: where the device is not, the automatic precision is float32, and says so") {
  const ChosenPrecision bfloat16 =
      histo::choose_precision("auto", card_that_prefers("bfloat16"), plain_cpu);
  const ChosenPrecision float16 =
      histo::choose_precision("auto", card_that_prefers("float16"), cpu_with_bfloat16);

  CHECK(bfloat16.name == "float32");
  CHECK(bfloat16.warning ==
        "model fake prefers bfloat16, which this CPU is no faster at, so it runs in float32");
  CHECK(float16.name == "float32");
  CHECK(contains(float16.warning, "model fake prefers float16, which this CPU"));
  CHECK(histo::choose_precision("auto", card_that_prefers("float32"), plain_cpu).warning.empty());
}

TEST_CASE("encoder: a precision that the card does not allow is refused by both names") {
  ModelCard card = card_that_prefers("float32");
  card.allowed_precisions = {"float32", "float16"};

  CHECK(refusal("bf16", card) ==
        "--precision bf16: model fake allows float32, float16 (precision.allowed of its card) and "
        "not bfloat16");
  CHECK(refusal("fp32", card) == "accepted");
}

TEST_CASE("encoder: float16 on the CPU is refused") {
  CHECK(refusal("fp16", card_that_prefers("float16")) ==
        "--precision fp16: the model runs on the CPU, which has no float16; use auto, fp32 or "
        "bf16");
}

TEST_CASE("encoder: a precision that was asked for is taken where it does not pay, with a word") {
  const ChosenPrecision chosen =
      histo::choose_precision("bf16", card_that_prefers("float32"), plain_cpu);

  CHECK(chosen.name == "bfloat16");
  CHECK(chosen.warning ==
        "--precision bf16: this CPU is no faster at it than at float32; use fp32");
  CHECK(histo::choose_precision("bf16", card_that_prefers("float32"), gpu).warning.empty());
}

TEST_CASE("encoder: features of a lower precision must point where those of float32 do") {
  const ModelCard card = card_that_prefers("bfloat16");
  const std::vector<float> wanted{1.0F, 0.0F};
  const std::vector<float> near{1.0F, 0.044F};  // cosine 0.99903
  const std::vector<float> far{1.0F, 0.046F};   // cosine 0.99894
  const std::vector<float> broken{1.0F, std::numeric_limits<float>::quiet_NaN()};
  const auto sentence = [&](const std::vector<float>& alone, const std::vector<float>& of_three) {
    const auto error = error_of([&] {
      histo::check_precision({wanted, wanted}, {alone, of_three}, card, "bfloat16");
    });
    return error ? std::string(error->what()) : std::string("passed");
  };

  CHECK(sentence(near, near) == "passed");
  CHECK(
      contains(sentence(far, near),
               "model fake: self-test in bfloat16: the feature at batch 1 has a cosine of 0.9989"));
  CHECK(
      contains(sentence(near, far),
               "model fake: self-test in bfloat16: the feature at batch 3 has a cosine of 0.9989"));
  CHECK(contains(sentence(near, far),
                 " to the one in float32, and at least 0.999 is wanted; use --precision fp32, and "
                 "take bfloat16 out of precision.allowed of its card"));
  CHECK(contains(sentence(broken, near), "the feature at batch 1 has a cosine of "));
  CHECK(contains(sentence(near, broken), "the feature at batch 3 has a cosine of "));
}
