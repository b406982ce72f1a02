#include <algorithm>
#include <cstdlib>
#include <vector>

#include "histo/codec.hpp"
#include "histo/error.hpp"

#include "core/jpeg.hpp"
#include "support/catch.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::tissue_image;

namespace {

struct Stream {
  std::vector<std::uint8_t> bytes = encode_jpeg(tissue_image({64, 48}, {8, 8, 40, 30}), 90);
  JpegBlock block{nullptr, 0, bytes.data(), bytes.size(), JpegColours::ycbcr, {64, 48}, 1};

  Image decode() const {
    const int by = block.reduction;
    Image image((block.size.width + by - 1) / by, (block.size.height + by - 1) / by);
    decode_jpeg_block(block, image.data(), image.stride(), "a.tiff");
    return image;
  }
  std::string message() const {
    const auto error = error_of([this] { decode(); });
    return error && error->kind() == ErrorKind::input ? error->what() : "no input error";
  }
};

}  // namespace

TEST_CASE("jpeg block: a whole stream is decoded as a JPEG file is") {
  const Stream stream;

  CHECK(stream.decode().bytes() ==
        decode_image(stream.bytes.data(), stream.bytes.size(), "a.jpeg").bytes());
}

TEST_CASE("jpeg block: the colours are those that the directory states") {
  Stream stream;
  const Image ycbcr = stream.decode();

  stream.block.colours = JpegColours::rgb;

  // Pale glass, (242, 240, 243): luma about 241, both chromas near 128.
  const Image components = stream.decode();
  CHECK(ycbcr.row(0)[1] > 230);
  CHECK(std::abs(components.row(0)[1] - 128) < 8);
}

TEST_CASE("jpeg block: a row may be longer than the block") {
  const Stream stream;
  const Image packed = stream.decode();
  Image wide(100, 48, 7);

  decode_jpeg_block(stream.block, wide.data(), wide.stride(), "a.tiff");

  CHECK(std::equal(packed.row(47), packed.row(47) + 3 * 64, wide.row(47)));
  CHECK(wide.row(0)[3 * 64] == 7);
}

TEST_CASE("jpeg block: a stream of another size is an error that names both sizes") {
  Stream stream;
  stream.block.size = {64, 64};

  CHECK(contains(stream.message(),
                 "a.tiff: JPEG data of 64 x 48 pixels with 3 components, and "
                 "64 x 64 with 3 should be there"));
}

TEST_CASE("jpeg block: one component is an error") {
  Stream stream;
  stream.bytes = encode_jpeg(MaskView(Mask(64, 48)), 90);
  stream.block.bytes = stream.bytes.data();
  stream.block.count = stream.bytes.size();

  CHECK(contains(stream.message(), "64 x 48 pixels with 1 components"));
}

TEST_CASE("jpeg block: tables that are a picture are an error") {
  Stream stream;
  stream.block.tables = stream.bytes.data();
  stream.block.tables_count = stream.bytes.size();

  CHECK(contains(stream.message(), "a.tiff: a picture where JPEG tables should be"));
}

TEST_CASE("jpeg block: a stream that was cut anywhere is an error") {
  Stream stream;

  for (std::size_t count = 0; count < stream.bytes.size(); count += 7) {
    stream.block.count = count;
    CHECK(contains(stream.message(), "a.tiff: damaged JPEG data ("));
  }
}
