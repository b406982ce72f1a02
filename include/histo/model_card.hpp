#pragma once
/// What a TorchScript file wants and gives: NAME.json beside NAME.pt. models/README.md lists the
/// keys.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/resize.hpp"

namespace histo {

enum class OutputLayout { vector, tokens };  ///< (n, dim), or (n, tokens, dim)
enum class Pooling { none, cls, mean_patch, cls_and_mean_patch };

struct ModelCard {
  int schema = 1;
  std::string name;
  /// The .pt file, absolute or relative to the working directory.
  std::filesystem::path torchscript;
  std::string sha256;  ///< of the .pt file, lower-case hexadecimal
  std::string note;    ///< for the reader, such as "random weights"
  std::string licence;

  // Input: RGB. The shorter side is resized to resize_size, then the centre crop_size x crop_size
  // is kept; value = (pixel / 255 - mean) / deviation, in float32, laid out n x 3 x crop_size x
  // crop_size.
  std::int64_t resize_size = 224;
  std::int64_t crop_size = 224;
  Interpolation interpolation = Interpolation::bilinear;
  std::array<double, 3> mean{};
  std::array<double, 3> deviation{};

  // The tiles that the model was trained on; a guard against features of the wrong scale.
  std::optional<double> tile_mpp;
  std::optional<std::int64_t> tile_size_px;
  double tile_tolerance = 0.1;  ///< relative

  OutputLayout layout = OutputLayout::vector;
  std::size_t prefix_tokens = 0;  ///< tokens before the first patch: class token and registers
  std::size_t cls_index = 0;      ///< which of them is the class token
  Pooling pooling = Pooling::none;
  std::size_t dim = 0;  ///< of the pooled feature
  bool l2 = false;      ///< divide each feature by its Euclidean norm

  std::string precision = "float32";

  // Self-test "pattern-1": pixel (y, x, channel) of the crop is
  // (7 y + 3 x + 31 channel + x y / 5) mod 256, integer division. The first values of its feature
  // on the CPU.
  std::vector<double> self_test_values;
  double self_test_tolerance = 1e-3;  ///< times max(1, |value|)

  std::string text;  ///< the file as it was read
};

/// Reads the card and finds the .pt file beside it. Throws Error(model) naming the file and the key
/// that is unknown, missing, of a wrong type or out of range.
ModelCard read_model_card(const std::filesystem::path& json_file);

/// `name_or_path` is a file NAME.pt or NAME.json, or a name that is looked for in `folders`, in
/// their order. Throws Error(model) that lists the folders and says how a model gets there.
ModelCard find_model(const std::string& name_or_path,
                     const std::vector<std::filesystem::path>& folders);

/// Throws Error(model) naming both sums if the .pt file is not the one that the card describes.
void check_model_file(const ModelCard& card);

}  // namespace histo
