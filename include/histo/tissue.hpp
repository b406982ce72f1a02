#pragma once
/// Where the tissue is: by brightness, by saturation, or as a picture made elsewhere says.
///
/// Brightness (`otsu`). Source: HistoPrep's `get_tissue_mask`. grey = OpenCV's RGB to grey (0.299 R
/// + 0.587 G + 0.114 B); blurred by a Gaussian with standard deviation sigma in a k x k window, k =
/// floor(3.5 sigma + 0.5), one more if that is even (sigma 0 blurs nothing); t = Otsu's threshold
/// of the blurred values other than 0 and 255, since scanners pad with pure black and pure white;
/// threshold = floor(t * multiplier + 0.5), held in [0, 255]; tissue where the blurred value <=
/// threshold. Otsu, N. "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9
/// (1979) 62-66.
///
/// Saturation (`hsv`). Source: CLAM's defaults (Lu et al., Nature Biomedical Engineering 5 (2021)
/// 555-570): the S of OpenCV's 8-bit HSV, its median in a 7 x 7 window, tissue where that is above
/// the threshold 8, closed with a 4 x 4 square.
///
/// Two kinds of slide have no tissue by these rules, and a rule that splits them finds something
/// nevertheless. Unless the threshold is given, their mask is empty and `reason` says why:
///
/// - Bright on black (fluorescence, dark field): of the grey values other than 0 and 255, the lower
///   quartile is below 32 and the upper one below 128. A fluorescence scan has 1 and 5; stained
///   sections have at least 150 and 220, and of 1,400 fields of view without any glass, the densest
///   tumours among them, none has less than 42 and 61.
/// - Blank (`otsu` only): the two classes of Otsu's threshold have means less than 10 grey levels
///   apart. Noise on glass has about 2; the sections above at least 46, the fields of view 19.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/image.hpp"
#include "histo/regions.hpp"

namespace histo {

enum class TissueMethod {
  otsu,     ///< dark pixels, HistoPrep's rule
  hsv,      ///< colourful pixels, CLAM's rule
  picture,  ///< a mask made elsewhere, `tissue_from_mask`
};

/// "otsu", "hsv", "picture".
std::string name_of(TissueMethod method);

struct TissueOptions {
  TissueMethod method = TissueMethod::otsu;

  /// otsu: grey value up to which a pixel is tissue. hsv: saturation above which it is. In [0,
  /// 255]. Unset: Otsu's, times `multiplier`; 8 for hsv.
  std::optional<int> threshold;

  /// Otsu's threshold is multiplied by this, at least 0; above 1 keeps paler tissue. Ignored if
  /// `threshold` is set, and by hsv.
  double multiplier = 1.05;

  /// Pyramid level to look at. Unset: the first one with both sides at most `max_dimension`.
  std::optional<int> level;

  /// Pixels; larger finds finer gaps and takes more memory (1 byte for each).
  std::int64_t max_dimension = 8192;

  /// Standard deviation of the Gaussian blur, in pixels of that level, in [0, 100]; 0 does not
  /// blur. Ignored by hsv.
  double sigma = 1.0;

  /// Pieces of tissue with less area are background, in level-0 pixels squared; 0 keeps all. A
  /// piece is what holds together by edges and corners, its holes not counted.
  double min_area = 0.0;

  /// Holes of at most this area are tissue, in level-0 pixels squared; 0 fills none. A hole is
  /// background that holds together by edges and does not reach the slide's border. After
  /// `min_area`.
  double fill_holes = 0.0;
};

/// Throws Error(usage) naming the option and the value.
void validate(const TissueOptions& options);

/// Thread rule: plain data; const use from many threads.
struct Tissue {
  TissueMethod method = TissueMethod::otsu;
  int threshold = 0;        ///< as used: grey for otsu, saturation for hsv, 0 for a picture
  double sigma = 1.0;       ///< of the blur; only for otsu
  double contrast = 0.0;    ///< grey levels between the means of Otsu's classes; 0 for a picture
  bool dark_field = false;  ///< bright on black, whatever the threshold
  std::string reason;       ///< why the mask was emptied; none where it was not
  Size slide_size;          ///< level-0 pixels
  Mask mask;                ///< 1 tissue, 0 background; any scale, it covers the whole slide
};

/// Finds tissue in an image of the whole slide, at any scale, that comes in bands from the top.
/// Holds one byte a pixel and a few rows. The result does not depend on the bands' heights.
/// Thread rule: one thread at a time.
class TissueFinder {
 public:
  /// The level and the dimension in `options` are for whoever reads the image. Throws Error(usage)
  /// for options out of range, Error(internal) for an image without pixels and for the method
  /// `picture`.
  TissueFinder(Size image_size, Size slide_size, const TissueOptions& options);
  TissueFinder(TissueFinder&&) noexcept;
  TissueFinder& operator=(TissueFinder&&) noexcept;
  ~TissueFinder();

  /// The next rows, as wide as the image. Throws Error(internal) for another width or too many.
  void add(const ImageView& band);

  /// Once, after the last band. Throws Error(internal) if rows are missing.
  Tissue finish();

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

/// The same, of an image in one piece.
Tissue detect_tissue(const ImageView& image, Size slide_size, const TissueOptions& options);

/// Tissue as a picture of the whole slide shows it, at any scale. A pixel's value is its brightest
/// channel; tissue is 128 and above, or 1 where no value is above 1. Of `options` only the two
/// areas are used. Throws Error(input) where the sides' ratio is not the slide's within 2 % or one
/// pixel, or where the largest value lies in [2, 127], so that nobody knows what is meant.
Tissue tissue_from_mask(const ImageView& picture, Size slide_size,
                        const TissueOptions& options = {});

/// The tissue in one tile at the tile's own resolution: 1 tissue, 0 background. otsu: blurred with
/// a deviation of 1 and parted by the slide's threshold (HistoPrep's mask of a tile); hsv likewise;
/// a picture: what its nearest pixels say. `place` is where the tile lies, in level-0 pixels.
/// Neither areas nor regions are applied, but to a picture, which has them already. Throws
/// Error(internal) for a tile without pixels.
Mask tile_mask(const ImageView& tile, const Rect& place, const Tissue& tissue);

/// Only the tissue inside the regions stays tissue: a pixel of the mask counts as inside where its
/// centre is. The share of the slide that the regions cover, in [0, 1]; 0 if none lies on it.
double keep_inside(Tissue& tissue, const std::vector<RegionOfInterest>& regions);

/// Only the tissue outside of all regions stays tissue. The share that the regions cover.
double keep_outside(Tissue& tissue, const std::vector<RegionOfInterest>& regions);

/// The share of a tile that is not tissue, in [0, 1]; what lies outside the slide counts as
/// background. Mask rows and columns are found by rounding x / downsample, y / downsample, width /
/// downsample and height / downsample half to even, at least one pixel each (HistoPrep's
/// `get_background_percentages`, its two axes put right).
double background_share(const Tissue& tissue, const Rect& tile);

/// The share of the whole mask that is tissue, in [0, 1].
double tissue_share(const Tissue& tissue);

/// A grey picture of the mask at its own scale: tissue 0, background 255 (HistoPrep's
/// thumbnail_tissue).
Mask tissue_picture(const Tissue& tissue);

}  // namespace histo
