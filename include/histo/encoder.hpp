#pragma once
/// Tiles to vectors. The seam behind which LibTorch, and every device, stays.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "histo/image.hpp"
#include "histo/model_card.hpp"

namespace histo {

/// Thread rule: one thread at a time, always the same one.
class Encoder {
 public:
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  virtual ~Encoder() = default;

  /// Length of one feature.
  virtual std::size_t dim() const = 0;

  /// `pixels` holds n images as `preprocess` makes them: n x crop_size x crop_size x 3 bytes,
  /// row-major; `features` takes n x dim float32 values. A row depends on its own image alone, to
  /// the last bit on the CPU: not on n, not on its place in the batch and not on the number of
  /// threads. Throws Error(model) for a value that is not finite, an output of another shape than
  /// the card's and for whatever the model or the device reports.
  virtual void encode(const std::uint8_t* pixels, std::size_t n, float* features) = 0;
};

/// One tile as the model was trained to see it: resized as Pillow does (antialiased, rounded to 8
/// bits after each axis) so that the shorter side is card.resize_size, and the centre cropped to
/// card.crop_size, as torchvision's Resize(int) and CenterCrop(int) do. Pure; from many threads.
/// Throws Error(internal) for an empty tile.
Image preprocess(const ImageView& tile, const ModelCard& card);

struct EncoderOptions {
  /// "auto" (the first GPU that works, else the CPU), "cpu", "cuda" or "cuda:N".
  std::string device = "auto";

  /// Threads that the model may use on the CPU; at least 1. The features do not depend on it.
  std::size_t threads = 1;

  /// The folder of the module that holds LibTorch. It is opened at run time, so that commands which
  /// need no model start at once.
  std::filesystem::path module_folder;
};

/// Throws Error(usage) naming the option and the value.
void validate(const EncoderOptions& options);

struct LoadedEncoder {
  std::unique_ptr<Encoder> encoder;
  std::string device;                 ///< as resolved: "cpu", "cuda:0"
  std::vector<std::string> warnings;  ///< such as: no GPU was found
};

/// Checks the file against the card, loads it and runs the card's self-test, its image alone and as
/// one of three: each of the card's values must be met within self_test_tolerance * max(1,
/// |value|). Throws Error(model) with what is wrong and what to do, Error(usage) for options out of
/// range and where the asked device does not exist.
LoadedEncoder load_encoder(const ModelCard& card, const EncoderOptions& options);

/// "1.13.0 (CPU)" or "2.6.0 (CUDA)", or "not available: " and why the module cannot be opened.
/// Throws Error(model) for a module that is not this program's.
std::string libtorch_version(const std::filesystem::path& module_folder);

}  // namespace histo
