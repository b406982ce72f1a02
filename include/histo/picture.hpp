#pragma once
/// Pictures that people look at. All functions are pure and may run on many threads.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/image.hpp"

namespace histo {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

constexpr bool operator==(const Colour& a, const Colour& b) {
  return a.red == b.red && a.green == b.green && a.blue == b.blue;
}

/// The colour of a label, from 0, the same in every picture and for every k. The first seven are
/// those of Okabe and Ito, "Color Universal Design" (2008), which people with any common colour
/// vision tell apart; each further one is as far from the earlier ones as it can be, the worst of
/// normal, protanopic and deuteranopic vision counting. More than about a dozen colours cannot all
/// be told apart, whatever the list: there the numbers in the tiles and in the legend help. From
/// 128 on the colours repeat. Throws Error(internal) for a negative label.
Colour cluster_colour(std::int32_t label);

/// HistoPrep's thumbnail_tiles: the thumbnail with each tile's outline, one pixel wide, red; the
/// first tile's, drawn once more at the end, blue. The same to the pixel, but for the two axes'
/// scales, which HistoPrep confuses. A tile reaches from (x, y) to (x + w, y + h) inclusive, each
/// of x, y, w and h divided by the slide's size over the thumbnail's and rounded half to even; what
/// lies outside is cut off. Throws Error(internal) for an empty thumbnail or slide.
Image outline_tiles(const ImageView& thumbnail, Size slide_size, const std::vector<Rect>& tiles);

/// Tiles tinted by cluster over the thumbnail, so that the tissue still shows, with a rim in full
/// colour where two clusters meet and the cluster's number in every tile that is large enough.
/// Where tiles overlap, a pixel belongs to the tile whose centre is nearest. At the right of the
/// thumbnail, which keeps its place and scale, a legend: colour, number and share of these tiles,
/// for each cluster that has any. `labels` holds one label of 0 .. k-1 for each tile. Throws
/// Error(internal) if it does not, or for an empty thumbnail or slide.
Image cluster_overlay(const ImageView& thumbnail, Size slide_size, const std::vector<Rect>& tiles,
                      const std::vector<std::int32_t>& labels, std::size_t k);

/// One cluster's row.
struct SheetCluster {
  std::size_t size = 0;      ///< tiles in the cluster
  std::vector<Image> tiles;  ///< a few of them, those nearest to the centre first; of any size
};

/// Cluster i has label i.
struct ContactSheet {
  std::size_t tiles = 0;  ///< tiles in all clusters together
  std::vector<SheetCluster> clusters;
};

/// A tile as the sheet shows it: 112 pixels along its longer side. Who collects many tiles shrinks
/// each at once, so that memory holds no large ones. Throws Error(internal) for an empty tile.
Image contact_sheet_tile(const ImageView& tile);

/// One row a cluster: its colour, its number, how many tiles it has and which share that is, then
/// its tiles. More than 128 clusters stand in several columns. Throws Error(internal) for an empty
/// tile.
Image contact_sheet(const ContactSheet& sheet);

}  // namespace histo
