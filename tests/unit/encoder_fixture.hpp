#pragma once
/// Images, cards and models that the tests of the encoder make for themselves.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "histo/image.hpp"
#include "histo/model_card.hpp"

#include "support/noise.hpp"

namespace histo::test {

/// Pixel (y, x, channel) of a card's test image.
std::uint8_t pattern(std::int64_t y, std::int64_t x, std::int64_t channel);

/// The text of a card; every member is JSON as it stands in the file, but for the first two.
struct CardText {
  std::string name = "made";
  std::string sha256 = std::string(64, '0');
  std::string resize = "4";
  std::string crop = "4";
  std::string mean = "[0.5, 0.25, 0.75]";
  std::string deviation = "[0.5, 0.25, 0.125]";
  std::string outputs = R"({"layout": "vector", "dim": 3, "l2": false})";
  std::string values = "[0]";
  std::string stride = "1";  // of the values
  std::string more;          // further keys of the file itself, with a comma at the end

  std::string text() const;
};

/// A zip archive without compression, of names and contents.
std::string zip_archive(const std::vector<std::pair<std::string, std::string>>& members);

/// A TorchScript file written by hand: a module with this forward(self, x), given as the lines of
/// TorchScript that follow its head, each indented by four blanks and with an end of line. Its one
/// constant, CONSTANTS.c0, is a tensor of the number 2.
struct ScriptedFile {
  std::string body = "    return torch.mean(x, [2, 3])\n";
  std::string type = "Tensor";
  std::string version = "3";
  bool weights_only = false;         // as torch.save writes a dictionary: without code
  std::string constants_on = "cpu";  // the device that the constant was stored on

  std::string bytes() const;
};

/// Writes folder/made.pt and folder/made.json with the sum of the former, and reads the card.
ModelCard made_model(const std::filesystem::path& folder, const std::string& pt_bytes,
                     CardText card = {});

/// The card's normalisation for each of n images.
std::vector<Normalisation> normalisations(const ModelCard& card, std::size_t n);

void write_text(const std::filesystem::path& file, const std::string& text);

}  // namespace histo::test
