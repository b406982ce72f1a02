// Needs a GPU and a LibTorch that was built for it.
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "histo/encoder.hpp"

#include "support/catch.hpp"
#include "unit/encoder_fixture.hpp"

using histo::EncoderOptions;
using histo::LoadedEncoder;
using histo::ModelCard;
using histo::Normalisation;

namespace {

LoadedEncoder loaded_on(const std::string& device, const ModelCard& card) {
  EncoderOptions options;
  options.device = device;
  options.module_folder = HISTO_MODULE_DIR;
  return histo::load_encoder(card, options);
}

}  // namespace

TEST_CASE("encoder: a GPU gives the CPU's features but for rounding") {
  const ModelCard card = histo::find_model("random_vit_tiny", {HISTO_MODELS_DIR});
  const LoadedEncoder automatic = loaded_on("auto", card);
  if (automatic.device == "cpu") {
    std::cout << "SKIPPED: there is no GPU\n";
    return;
  }
  const LoadedEncoder cpu = loaded_on("cpu", card);
  constexpr std::size_t n = 5;
  const std::vector<std::uint8_t> batch =
      histo::test::noise(card.crop_size, static_cast<std::int64_t>(n) * card.crop_size).bytes();
  std::vector<float> wanted(n * card.dim);
  std::vector<float> found(n * card.dim);

  const std::vector<Normalisation> normalised = histo::test::normalisations(card, n);
  cpu.encoder->encode(batch.data(), normalised.data(), n, wanted.data());
  automatic.encoder->encode(batch.data(), normalised.data(), n, found.data());

  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CHECK(static_cast<double>(found[i]) ==
          histo::test::Approx(static_cast<double>(wanted[i])).margin(1e-3));
  }
}
