#pragma once
/// Tiles to vectors. The seam behind which LibTorch, and every device, stays.

#include <cstddef>
#include <cstdint>
#include <deque>
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
  /// row-major; `normalisations` has one for each image; `features` takes n x dim float32 values. A
  /// row depends on its own image alone, to the last bit on the CPU: not on n, not on its place in
  /// the batch and not on the number of threads. Throws Error(model) for a value that is not
  /// finite, an output of another shape than the card's and for whatever the model or the device
  /// reports.
  virtual void encode(const std::uint8_t* pixels, const Normalisation* normalisations,
                      std::size_t n, float* features) = 0;

  /// The same in one call of the model, whatever the device: what the self-test asks for, since a
  /// model that was exported with a fixed batch fails only then. Rows may differ from those of
  /// `encode` by rounding.
  virtual void encode_in_one_call(const std::uint8_t* pixels, const Normalisation* normalisations,
                                  std::size_t n, float* features) = 0;

  /// How many batches may be between `submit` and `fetch`; at least 1.
  virtual std::size_t ahead() const;

  /// Hands over a batch as `encode` takes it. Its pixels are free again when this returns; a device
  /// of its own works on it meanwhile. Throws as `encode`, here or in `fetch`, and Error(internal)
  /// if `ahead()` batches are on their way already. After an error no batch is on its way.
  virtual void submit(const std::uint8_t* pixels, const Normalisation* normalisations,
                      std::size_t n);

  /// Waits for the batch that was submitted first, of n images, and takes n x dim float32 values of
  /// it. Throws Error(internal) if there is none.
  virtual void fetch(float* features);

  /// A size of batch that suits the device: what `--batch-size auto` takes. Where it has to be
  /// found out, this encodes. No batch may be on its way.
  virtual std::size_t suggested_batch();

  /// What the user should know of the batches since this was asked last, such as: a batch did not
  /// fit into the device's memory.
  virtual std::vector<std::string> take_warnings();

 private:
  std::deque<std::vector<float>> submitted_;  // features of batches that nobody fetched yet
};

/// One tile as the model was trained to see it: resized as card.resize_mode says and as Pillow does
/// (antialiased, rounded to 8 bits after each axis), and the centre cropped to card.crop_size as
/// torchvision's CenterCrop(int) does. Pure; from many threads. Throws Error(internal) for an empty
/// tile, Error(input) with both sizes for one that is smaller than the crop where nothing is
/// resized.
Image preprocess(const ImageView& tile, const ModelCard& card);

struct EncoderOptions {
  /// "auto" (the first GPU that works, else the CPU), "cpu", "cuda" or "cuda:N".
  std::string device = "auto";

  /// Threads that the model may use on the CPU; at least 1. The features do not depend on it.
  std::size_t threads = 1;

  /// "auto" (what the card prefers, where the device is good at it, else float32), "fp32", "bf16"
  /// or "fp16", or these by the names that cards have: "float32", "bfloat16", "float16". Weights,
  /// inputs and features stay float32; products are made in the lower precision.
  std::string precision = "auto";

  /// The folder of the module that holds LibTorch. It is opened at run time, so that commands which
  /// need no model start at once.
  std::filesystem::path module_folder;
};

/// Throws Error(usage) where it is none of those that EncoderOptions::device may be.
void validate_device(const std::string& device);

/// Throws Error(usage) naming the option and the value.
void validate(const EncoderOptions& options);

struct LoadedEncoder {
  std::unique_ptr<Encoder> encoder;
  std::string device;                 ///< as resolved: "cpu", "cuda:0"
  std::string precision = "float32";  ///< as resolved: "float32", "bfloat16", "float16"
  std::string arithmetic;             ///< which libraries multiply: "libtorch 1.13.0, onednn 2.6.3"
  std::vector<std::string> warnings;  ///< such as: no GPU was found
  /// The largest |found - wanted| / max(1, |wanted|) of the self-test.
  double self_test_difference = 0.0;
};

inline constexpr double lower_precision_cosine = 0.999;

/// Checks the file against the card, loads it and runs the card's self-test, its image alone and as
/// one of three in one call of the model: each of the card's values must be met within
/// self_test_tolerance * max(1, |value|), in float32. With a lower precision the image's feature in
/// it must have a cosine of at least `lower_precision_cosine` to the one in float32. Of layout
/// `blocks` the encoder gives the chosen parts. Throws Error(model) with what is wrong and what to
/// do, Error(usage) for options out of range, where the asked device does not exist and for a
/// precision that the card does not allow or the device does not have.
LoadedEncoder load_encoder(const ModelCard& card, const EncoderOptions& options);

/// "1.13.0 (CPU)" or "2.6.0 (CUDA)", or "not available: " and why the module cannot be opened.
/// Throws Error(model) for a module that is not this program's.
std::string libtorch_version(const std::filesystem::path& module_folder);

}  // namespace histo
