#pragma once
/// Image files in memory: PNG by ISA-L and libpng, JPEG by libjpeg-turbo. All functions are pure
/// and may run on many threads.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/image.hpp"

namespace histo {

enum class ImageFormat { png, jpeg };

/// The file name's extension without the dot: "png" or "jpeg", as HistoPrep writes them.
std::string extension(ImageFormat format);

/// How an image becomes a file.
struct ImageCoding {
  ImageFormat format = ImageFormat::png;
  int quality = 80;     ///< of JPEG, in [1, 100]
  int compression = 1;  ///< of PNG, in [1, 9]: from the fastest to the smallest
};

/// Lossless PNG of 8 bits a channel: RGB, or one grey channel. `compression` lies in [1, 9];
/// docs/formats.md says what each level costs. Throws Error(internal) for an empty image or another
/// level.
std::vector<std::uint8_t> encode_png(const ImageView& image, int compression = 1);
std::vector<std::uint8_t> encode_png(const MaskView& grey, int compression = 1);

/// Baseline JPEG with chroma halved along both axes (4:2:0), the settings of Pillow and so of
/// HistoPrep. `quality` lies in [1, 100]. The second form writes one grey channel.
std::vector<std::uint8_t> encode_jpeg(const ImageView& image, int quality);
std::vector<std::uint8_t> encode_jpeg(const MaskView& grey, int quality);

std::vector<std::uint8_t> encode(const ImageView& image, const ImageCoding& coding);
std::vector<std::uint8_t> encode(const MaskView& grey, const ImageCoding& coding);

/// True where the bytes begin as a PNG or JPEG file does.
bool is_png_or_jpeg(const std::uint8_t* bytes, std::size_t count);

/// An RGB image from the bytes of a PNG or a JPEG file: 16-bit and palette images are reduced to
/// 8-bit RGB, grey is repeated, transparency is blended over white; a stated orientation is not
/// applied. Truncated or damaged data is an error, never a guess at the missing pixels. Throws
/// Error(input) with a sentence that starts with `name`.
Image decode_image(const std::uint8_t* bytes, std::size_t count, const std::string& name);

}  // namespace histo
