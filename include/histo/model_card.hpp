#pragma once
/// What a TorchScript file wants and gives: NAME.json beside NAME.pt. docs/models.md lists the
/// keys.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/resize.hpp"

namespace histo {

/// value = (pixel / 255 - mean) / deviation, a channel at a time, red first; float32.
struct Normalisation {
  std::array<double, 3> mean{};
  std::array<double, 3> deviation{};
};

/// How a tile becomes resize_size pixels long; then the centre crop_size x crop_size is kept.
enum class ResizeMode {
  shorter_side,  ///< its shorter side; the other in proportion, as torchvision's Resize(size)
  exact,         ///< both sides, whatever its proportions, as torchvision's Resize((size, size))
  none,          ///< not at all; a tile smaller than the crop is an error
};

/// (n, dim) · (n, tokens, width), to be pooled · (n, blocks + 1, width): the class tokens of the
/// last blocks, older first, and the mean of the last block's patches, to be chosen from.
enum class OutputLayout { vector, tokens, blocks };
enum class Pooling { none, cls, mean_patch, cls_and_mean_patch };

struct ModelCard {
  int schema = 1;
  std::string name;
  /// The .pt file, absolute or relative to the working directory.
  std::filesystem::path torchscript;
  std::string sha256;  ///< of the .pt file, lower-case hexadecimal
  std::string note;    ///< for the reader, such as "random weights"
  std::string licence;
  /// Where the card's facts come from: a key such as "input.mean" and a sentence.
  std::vector<std::pair<std::string, std::string>> sources;
  std::vector<std::string> unstated;  ///< keys whose values no source states

  // Input: RGB, n x 3 x crop_size x crop_size.
  std::int64_t resize_size = 224;  ///< of no meaning for ResizeMode::none
  std::int64_t crop_size = 224;
  ResizeMode resize_mode = ResizeMode::shorter_side;
  Interpolation interpolation = Interpolation::bilinear;
  std::optional<Normalisation> normalisation;  ///< unset: estimated from each slide's tiles

  // The tiles that the model was trained on; a guard against features of the wrong scale.
  std::optional<double> tile_mpp;            ///< micrometres a pixel of the tile, before resizing
  std::optional<std::int64_t> tile_size_px;  ///< of both sides, before resizing
  double tile_tolerance = 0.1;               ///< relative

  // Output. Of a tuple, list or dictionary one value is taken.
  std::size_t item = 0;  ///< its place, from 0
  std::string item_key;  ///< or its key in a dictionary, where this is not empty
  OutputLayout layout = OutputLayout::vector;
  std::size_t prefix_tokens = 0;  ///< tokens before the first patch: class token and registers
  std::size_t cls_index = 0;      ///< which of them is the class token
  Pooling pooling = Pooling::none;
  std::size_t blocks = 0;      ///< class tokens that layout `blocks` offers, at least 1
  std::size_t num_blocks = 1;  ///< the last of them that make up the feature
  bool avg_pool = false;       ///< the mean of the last block's patches follows them
  std::size_t dim = 0;         ///< of the pooled or chosen feature
  bool l2 = false;             ///< divide each feature by its Euclidean norm

  std::string preferred_precision = "float32";  ///< "float32", "bfloat16" or "float16"
  std::vector<std::string> allowed_precisions{"float32"};

  // Self-test "pattern-1": pixel (y, x, channel) of the crop is
  // (7 y + 3 x + 31 channel + x y / 5) mod 256, integer division; where the normalisation is
  // estimated, the mean is 0.5 and the deviation 0.25. Value i is that of place i * stride of its
  // feature on the CPU; of layout `blocks`, in all of its values before any is chosen.
  std::vector<double> self_test_values;
  std::size_t self_test_stride = 1;
  double self_test_tolerance = 1e-3;  ///< times max(1, |value|)

  std::string text;  ///< the file as it was read

  /// Values of one image that layout `blocks` gives before any are chosen; else dim.
  std::size_t whole_dim() const;
};

/// Reads the card and finds the .pt file beside it. Throws Error(model) naming the file and the key
/// that is unknown, missing, of a wrong type or out of range.
ModelCard read_model_card(const std::filesystem::path& json_file);

/// `name_or_path` is a file NAME.pt or NAME.json, or a name that is looked for in `folders`, in
/// their order. Throws Error(model) that lists the folders and says how a model gets there, for
/// models of other people where to ask for their weights.
ModelCard find_model(const std::string& name_or_path,
                     const std::vector<std::filesystem::path>& folders);

/// Throws Error(model) naming both sums if the .pt file is not the one that the card describes.
void check_model_file(const ModelCard& card);

/// The same model with other parts of its output: the class tokens of the last `num_blocks` blocks,
/// and with `avg_pool` the mean of the last block's patches. Throws Error(usage) naming the option
/// where the model does not offer it.
ModelCard with_blocks(ModelCard card, std::optional<std::size_t> num_blocks, bool avg_pool);

/// One NAME.json of a folder.
struct InstalledModel {
  std::string name;  ///< of the file
  std::filesystem::path json;
  std::optional<ModelCard> card;
  std::string problem;  ///< why there is no card
};

/// Every card in these folders, by folder and name; of one name only the first, which `find_model`
/// would take. Folders that do not exist hold none.
std::vector<InstalledModel> list_models(const std::vector<std::filesystem::path>& folders);

/// A model of other people: its true preprocessing, without its weights.
/// FOLDER/published/NAME.json, which models/export.py makes a card from.
struct PublishedModel {
  std::string name;
  std::string title;      ///< "UNI (Mahmood Lab, 2024)"
  std::string weights;    ///< where to ask for them: a sentence's part
  std::string no_recipe;  ///< why models/export.py cannot build it; empty where it can
};

/// Those of all folders, by name, none twice. Throws Error(model) naming the file and the key.
std::vector<PublishedModel> published_models(const std::vector<std::filesystem::path>& folders);

}  // namespace histo
