#pragma once
/// Pictures that people look at. All functions are pure and may run on many threads.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
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
/// normal, protanopic, deuteranopic and tritanopic vision counting. More than about a dozen colours
/// cannot all be told apart, whatever the list: there the numbers in the tiles and in the legend
/// decide. From 128 on the colours repeat. Throws Error(internal) for a negative label.
Colour cluster_colour(std::int32_t label);

/// HistoPrep's thumbnail_tiles: the thumbnail with each tile's outline, one pixel wide, red; the
/// first tile's, drawn once more at the end, blue. The same to the pixel, but for the two axes'
/// scales, which HistoPrep confuses. A tile reaches from (x, y) to (x + w, y + h) inclusive, each
/// of x, y, w and h divided by the slide's size over the thumbnail's and rounded half to even; what
/// lies outside is cut off. Throws Error(internal) for an empty thumbnail or slide.
Image outline_tiles(const ImageView& thumbnail, Size slide_size, const std::vector<Rect>& tiles);

/// A tile, in level-0 pixels, and how much of it is tissue.
struct TissueTile {
  Rect rect;
  double tissue_share = 0.0;  ///< in [0, 1]
};

/// What `kept_picture` shows of a grid, in level-0 pixels. The lists share no tile.
struct SortedTiles {
  std::vector<Rect> kept;
  std::vector<TissueTile> too_little_tissue;
  std::vector<Rect> outside_regions;  ///< not looked at, since an annotation shuts them out
};

/// What the legend says in words. Whatever is empty is left out. ASCII only.
struct KeptLegend {
  std::string title;               ///< the slide's name
  std::string too_little;          ///< "less than 25 % tissue"
  std::string tissue_rule;         ///< "grey value up to 207, by Otsu"
  std::vector<std::string> notes;  ///< a line each, such as "tiles of 512 x 512 px"
  std::optional<double> mpp;       ///< micrometres of a level-0 pixel, for the scale bar
};

/// What was kept of a slide, and why. Tissue stands in its colours, all else in grey; tiles that
/// were kept are bright within a blue border, the others faded within thin grey lines, with the
/// share of tissue in percent, rounded down, where there is any and a number has room. Tiles that
/// annotations shut out have orange lines. A legend counts them, at the right of a thumbnail
/// that is higher than wide, else below; the thumbnail keeps its place at the top left and its
/// scale. `tissue_mask` covers the whole slide at any scale, 0 is background. Throws
/// Error(internal) for an empty thumbnail, slide or mask.
Image kept_picture(const ImageView& thumbnail, Size slide_size, const MaskView& tissue_mask,
                   const SortedTiles& tiles, const KeptLegend& legend);

/// A spot of a tissue microarray on a picture.
struct SpotLabel {
  Rect rect;              ///< level-0 pixels
  std::string text;       ///< its number
  bool doubtful = false;  ///< it shares its place with another one
};

/// HistoPrep's thumbnail_spots: a box around each spot and its number in the corner, red, or orange
/// with a thicker line if doubtful. The numbers stand above the boxes. `notes` stand beside the
/// thumbnail, or below it if it is at least as wide as high, a paragraph each. Throws
/// Error(internal) for an empty thumbnail or slide.
Image annotate_spots(const ImageView& thumbnail, Size slide_size,
                     const std::vector<SpotLabel>& spots, const std::vector<std::string>& notes);

/// Tiles tinted by cluster over the thumbnail, so that the tissue still shows, with a rim in full
/// colour where two clusters meet and the cluster's number in every tile that is seen well enough,
/// or else once in every region of neighbouring tiles that has the room. Where tiles overlap, a
/// pixel belongs to the tile whose centre is nearest. At the right of the thumbnail, which keeps
/// its place and scale, a legend: colour, number and share of these tiles, for each cluster that
/// has any. `labels` holds one label of 0 .. k-1 for each tile. Throws Error(internal) if it does
/// not, or for an empty thumbnail or slide.
Image cluster_overlay(const ImageView& thumbnail, Size slide_size, const std::vector<Rect>& tiles,
                      const std::vector<std::int32_t>& labels, std::size_t k);

/// What the legend of `label_overlay` says. ASCII only; other letters become question marks.
struct LabelLegend {
  std::string title;                 ///< the slide's name
  std::vector<std::string> names;    ///< of labels 0 .. L-1
  std::vector<std::string> remarks;  ///< L, in brackets after each name; or none
  std::vector<std::string> notes;    ///< a line each
};

/// As `cluster_overlay` for labels that have names: each in its colour, and its number, from 1,
/// once in every region of neighbouring tiles that has the room. Tiles with the label -1 are grey.
/// The legend, at the right of a thumbnail that is higher than wide, else below, has colour,
/// number, name and share of these tiles of each label that has any. Throws Error(internal) for a
/// label without a name, or lists of another length, and for an empty thumbnail or slide.
Image label_overlay(const ImageView& thumbnail, Size slide_size, const std::vector<Rect>& tiles,
                    const std::vector<std::int32_t>& labels, const LabelLegend& legend);

/// The colour of a score, `share` of the way from the lowest to the highest: viridis, whose
/// lightness rises evenly, so that it is read alike with any colour vision and in print. Throws
/// Error(internal) for a share outside [0, 1].
Colour score_colour(double share);

/// Numbers on a grid over the slide, which begins at its top left.
struct ScoreField {
  Size size;  ///< pixels, of `downsample` level-0 pixels along each axis
  double downsample = 1.0;
  std::vector<double> values;  ///< row-major; NaN: nothing is known there
};

/// How scores are painted, and what the legend says; ASCII only.
struct ScorePaint {
  double low = 0.0;                ///< the score with the lowest colour; what is lower has it too
  double high = 1.0;               ///< likewise; may equal `low`, then all have the middle one
  double alpha = 0.4;              ///< the colour's part of a pixel, in [0, 1]
  std::string title;               ///< the slide's name
  std::string score;               ///< what the scores are
  std::vector<std::string> notes;  ///< below the colour bar
};

/// Scores over the thumbnail: where there is a score the tissue is grey and mixed with its colour.
/// A pixel takes the score of the grid at its middle. At the right of the thumbnail, which keeps
/// its place and scale, stands a colour bar, at its left half in full colour, at its right as over
/// glass. Throws Error(internal) for scores that are no grid, limits that are not finite or in the
/// wrong order, an alpha outside [0, 1], and an empty thumbnail or slide.
Image score_overlay(const ImageView& thumbnail, Size slide_size, const ScoreField& field,
                    const ScorePaint& paint);

/// One tile of a score sheet.
struct SheetTile {
  Image image;        ///< of any size; empty: it could not be read, and a frame stands for it
  std::string score;  ///< below it
  std::string slide;  ///< below that, in small letters
  std::string place;  ///< in the slide, below that
};

/// The tiles with the highest and those with the lowest scores, ten in a row.
Image score_sheet(const std::string& title, const std::vector<SheetTile>& highest,
                  const std::vector<SheetTile>& lowest);

/// One cluster's row; tiles of any size.
struct SheetCluster {
  std::size_t size = 0;        ///< tiles in the cluster
  std::vector<Image> nearest;  ///< those nearest to its centre, nearest first
  std::vector<Image> random;   ///< some of the others, which show how much the cluster varies
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
/// its tiles in two blocks, those nearest to the centre and those drawn at random; each has its
/// name above it, at the top and again every 16 rows. A block that no cluster has is left out. More
/// than 128 clusters stand in several columns. Throws Error(internal) for an empty tile.
Image contact_sheet(const ContactSheet& sheet);

/// One cluster alone: the tiles nearest to its centre, then some at random. The first line of
/// `title` is written large, each further one small. Tiles as in `contact_sheet`, ten in a row; a
/// list that is empty is left out. Throws Error(internal) for an empty tile.
Image cluster_sheet(const std::string& title, const std::vector<Image>& nearest,
                    const std::vector<Image>& at_random);

}  // namespace histo
