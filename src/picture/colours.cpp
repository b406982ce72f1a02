#include <array>
#include <cstddef>
#include <string>

#include "histo/error.hpp"
#include "histo/picture.hpp"

namespace histo {

namespace {

// After the eight chosen by hand, each next colour is the one of a grid of 18 x 18 x 18, neither
// dark nor grey, whose CIEDE2000 distance from the earlier ones, from white and from eosin's pink
// is greatest. The smallest distance counts of those seen with normal vision, protanopia and
// deuteranopia, in full and mixed with as much light grey. The two deficiencies are simulated as in
// Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
// deficiency", IEEE TVCG 15 (2009) 1291-1298.
constexpr std::array<std::uint32_t, 128> colours{
    0xe69f00U, 0x56b4e9U, 0x009e73U, 0xf0e442U, 0x0072b2U, 0xd55e00U, 0xcc79a7U, 0x332288U,
    0xa5002dU, 0x1e6969U, 0xb4d2a5U, 0x7878ffU, 0xb45a4bU, 0x3c00ffU, 0x69d269U, 0xc30f00U,
    0xb42d96U, 0xf07887U, 0xb4d2ffU, 0x874b4bU, 0xe1f096U, 0x87c3b4U, 0x78ffd2U, 0x009696U,
    0x5ab4c3U, 0x784bffU, 0x96964bU, 0x873c5aU, 0x5a87c3U, 0x1e5a78U, 0xb4f0ffU, 0x7896ffU,
    0xf0a5b4U, 0xd25a69U, 0xa56987U, 0x780fc3U, 0x4bb496U, 0x1e960fU, 0x2d5a2dU, 0x78692dU,
    0x1ee1d2U, 0x2d875aU, 0xe1c33cU, 0x87b469U, 0xf0693cU, 0xb4f0b4U, 0x875a78U, 0xf0c387U,
    0xa5000fU, 0xe10fb4U, 0xc3b487U, 0x87c3e1U, 0x960096U, 0x4ba5c3U, 0xb41ee1U, 0xc3004bU,
    0xf0964bU, 0xc3e169U, 0xf096ffU, 0xc35ae1U, 0x78e1c3U, 0xb40069U, 0x5aa596U, 0xe16969U,
    0xf087a5U, 0xd25aa5U, 0xc37887U, 0x5a78c3U, 0x874b3cU, 0xb43c69U, 0xb4f0e1U, 0x964b5aU,
    0x695ad2U, 0xc396b4U, 0x3cc34bU, 0xf078e1U, 0x3c871eU, 0x4b6987U, 0xa5ff69U, 0x3c5a1eU,
    0xe13c96U, 0x87e1f0U, 0xc37878U, 0xf00f3cU, 0xff96a5U, 0xb45a5aU, 0x96e196U, 0xa5784bU,
    0x4bc300U, 0xa54b87U, 0x693ca5U, 0xb44ba5U, 0x4bc3c3U, 0x69690fU, 0xa5f0f0U, 0xffc3c3U,
    0x5ab487U, 0x960f78U, 0x1e87e1U, 0x875a4bU, 0x2dc3ffU, 0x2da587U, 0xf04b3cU, 0x783cc3U,
    0xc33c00U, 0x4ba5e1U, 0x5a2dffU, 0xc369b4U, 0x7887ffU, 0xf0b469U, 0x9600e1U, 0x2db4d2U,
    0xf0d200U, 0xb46996U, 0xc3f0a5U, 0x2dc3a5U, 0xc387b4U, 0xd28796U, 0x5a96c3U, 0xb4695aU,
    0xa51e78U, 0xb40f3cU, 0x0f9678U, 0x69c396U, 0xa59600U, 0xa5875aU, 0x3cc3d2U, 0x4b4b87U};

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
