#include <optional>
#include <string>

#include "histo/model_card.hpp"

#include "support/catch.hpp"

using histo::ErrorKind;
using histo::ModelCard;
using histo::test::error_of;

TEST_CASE("encoder: other blocks and the patches' mean make another feature") {
  ModelCard card;
  card.name = "xcit";
  card.layout = histo::OutputLayout::blocks;
  card.blocks = 2;
  card.dim = 384;

  CHECK(histo::with_blocks(card, std::nullopt, false).dim == 384);
  CHECK(histo::with_blocks(card, 2, false).dim == 768);
  const ModelCard all = histo::with_blocks(card, 2, true);
  CHECK(all.dim == 1152);
  CHECK(all.num_blocks == 2);
  CHECK(all.avg_pool);
  CHECK(all.whole_dim() == card.whole_dim());
  CHECK(histo::with_blocks(all, 1, false).dim == 768);  // the card's own mean stays
}

TEST_CASE("encoder: blocks that a model does not offer are refused by the option") {
  ModelCard card;
  card.name = "prostate_small";
  card.layout = histo::OutputLayout::blocks;
  card.blocks = 2;
  card.dim = 384;
  ModelCard plain;
  plain.name = "uni";
  const auto sentence = [](const ModelCard& of, std::optional<std::size_t> num_blocks, bool mean) {
    const auto error = error_of([&] { histo::with_blocks(of, num_blocks, mean); });
    if (!error) return std::string("accepted");
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };

  CHECK(sentence(card, 3, false) == "--num-blocks 3: model prostate_small offers 1 to 2");
  CHECK(sentence(card, 0, true) == "--num-blocks 0: model prostate_small offers 1 to 2");
  card.blocks = 1;
  CHECK(sentence(card, 2, false) == "--num-blocks 2: model prostate_small offers 1");
  CHECK(sentence(plain, 1, false) == "--num-blocks 1: model uni does not offer it");
  CHECK(sentence(plain, std::nullopt, true) == "--avg-pool: model uni does not offer it");
  CHECK(sentence(plain, std::nullopt, false) == "accepted");
}
