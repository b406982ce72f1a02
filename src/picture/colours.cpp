#include <array>
#include <cstddef>
#include <string>

#include "histo/error.hpp"
#include "histo/picture.hpp"

namespace histo {

namespace {

// After the eight chosen by hand, each next colour is the one of a grid of 18 x 18 x 18, neither
// dark nor light nor grey, whose CIEDE2000 distance from the earlier ones, from white and from
// eosin's pink is greatest. The smallest distance counts of those seen with normal vision,
// protanopia, deuteranopia and tritanopia, in full and as a tint. The deficiencies are simulated as
// in Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
// deficiency", IEEE TVCG 15 (2009) 1291-1298. tests/parity/colours.py makes and measures the list.
constexpr std::array<std::uint32_t, 128> colours{
    0xe69f00U, 0x56b4e9U, 0x009e73U, 0xf0e442U, 0x0072b2U, 0xd55e00U, 0xcc79a7U, 0x332288U,
    0xa5002dU, 0xb4d2a5U, 0x784b69U, 0x7878ffU, 0x0f694bU, 0x3c00ffU, 0x69d269U, 0x78784bU,
    0xc31e96U, 0xc30000U, 0x78a55aU, 0xb4d2ffU, 0x78b496U, 0xe1f096U, 0x78ffd2U, 0x2d8778U,
    0x784bffU, 0xff69d2U, 0xf0a5b4U, 0x2da5c3U, 0xb4f0ffU, 0x7896ffU, 0x5ad2c3U, 0xe18787U,
    0xa54b5aU, 0x780fc3U, 0xb40069U, 0x4b962dU, 0xd21ed2U, 0x3c5a2dU, 0x78692dU, 0xc35a96U,
    0xe11e87U, 0xe15a78U, 0xe1c33cU, 0xf0784bU, 0xc3b487U, 0xb4f0b4U, 0xe1b4e1U, 0x960096U,
    0x1e5a4bU, 0x0087b4U, 0xd23c00U, 0x96875aU, 0xe1d296U, 0xb4e169U, 0x2d6978U, 0x965a69U,
    0xf096ffU, 0x5a693cU, 0x78e1c3U, 0x0f78e1U, 0xe196b4U, 0x5a96a5U, 0x1ec369U, 0xb4960fU,
    0xc3b44bU, 0xb47887U, 0x4b8769U, 0x1e7887U, 0xb4001eU, 0x96ff69U, 0x3c3cffU, 0x69b4a5U,
    0xe16996U, 0xc35a69U, 0x96e1e1U, 0xa5004bU, 0xa578e1U, 0x4b870fU, 0x873c5aU, 0x961ee1U,
    0x87783cU, 0x4ba596U, 0xe187e1U, 0x0f785aU, 0x87a587U, 0xa53c78U, 0x2d5a3cU, 0x87c3d2U,
    0x783cc3U, 0x3c96c3U, 0xc3783cU, 0xb44ba5U, 0x69c3a5U, 0xff87a5U, 0xb400a5U, 0xe1005aU,
    0xb4e1ffU, 0x5ac300U, 0x69e187U, 0x2dc3ffU, 0xff96c3U, 0xa55a87U, 0x965ad2U, 0xb496b4U,
    0x7887ffU, 0xff4bc3U, 0xa55a5aU, 0xa51e78U, 0xf0d200U, 0xf0b4b4U, 0x4b5a0fU, 0xa569a5U,
    0x4bb44bU, 0x784b87U, 0xf08769U, 0xd2c378U, 0x690fe1U, 0x3c9687U, 0x3cc3c3U, 0xd22d96U,
    0xc3f0a5U, 0xf09696U, 0x78a5d2U, 0x9687b4U, 0xffd2f0U, 0xb4784bU, 0xb4f0e1U, 0xc31e2dU};

}  // namespace

Colour cluster_colour(std::int32_t label) {
  if (label < 0) {
    throw Error(ErrorKind::internal,
                "cluster_colour was given label " + std::to_string(label) + ", below 0");
  }
  const std::uint32_t colour = colours[static_cast<std::size_t>(label) % colours.size()];
  return {static_cast<std::uint8_t>(colour >> 16U), static_cast<std::uint8_t>(colour >> 8U & 0xffU),
          static_cast<std::uint8_t>(colour & 0xffU)};
}

}  // namespace histo
