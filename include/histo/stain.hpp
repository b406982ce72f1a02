#pragma once
/// A tile's stains, separated or normalised: haematoxylin (H) and eosin (E) of a bright-field
/// slide.
///
/// Macenko and Vahadane work on optical densities, to HistoPrep's numbers: od = max(-ln(v / 255),
/// 1e-6) for each channel value v, 0 taken as 1. A pixel's od is c M, where M (2 x 3, rows H and E,
/// each of length 1) is the stain matrix and c its two concentrations, found by least squares: c =
/// od M' (M M')^-1. H is the stain that absorbs more red. Results are cut to whole grey levels, as
/// HistoPrep cuts them, so white glass becomes 254 where both methods leave it alone.
///
/// Macenko: the plane of the two largest eigenvectors of the covariance of od; H and E are the
/// directions at the 1st and the 99th percentile of the angle within it. Macenko, M. et al. "A
/// method for normalizing histology slides for quantitative analysis", ISBI (2009) 1107-1110.
///
/// Vahadane: M' is the sparse code of a dictionary with two non-negative atoms, learnt from the
/// three channels with penalty 0.1 in three rounds, as HistoPrep has scikit-learn's
/// DictionaryLearning do it. In this form the concentrations are held non-negative while they are
/// learnt, but the stains are not, as the paper has them: on most tissue the first is the mean
/// colour and the second, with negative parts, what differs from it, so that a separation shows
/// less than Macenko's does. Vahadane, A. et al. "Structure-preserving color normalization and
/// sparse stain separation for histological images", IEEE Trans. Med. Imaging 35 (2016) 1962-1971.
/// Where an atom falls out of use scikit-learn draws another at random; here it is an error, since
/// it happens only where there are not two stains.
///
/// Reinhard: mean and standard deviation in Ruderman's space of l, alpha and beta: cone responses
/// L, M, S of the RGB values (0 taken as 1, white 255), their natural logarithms, l = (L + M + S) /
/// sqrt 3, alpha = (L + M - 2 S) / sqrt 6, beta = (L - M) / sqrt 2. Each is shifted and scaled, and
/// the result rounded. Reinhard, E. et al. "Color transfer between images", IEEE Computer Graphics
/// and Applications 21 (2001) 34-41.
///
/// All functions are pure: no threads, no randomness, and what comes out depends on the pixels
/// only.

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "histo/image.hpp"

namespace histo {

enum class StainMethod { macenko, vahadane, reinhard };

/// How often each colour occurs: all that a fit needs to know of any number of pixels. Pixels may
/// be added tile by tile, in any order, with the same result. Takes 2 KiB for each pair of red and
/// green that occurs, 20 MB or so for a slide. Thread rule: const access from many threads.
class ColourCounts {
 public:
  struct Colour {
    std::array<std::uint8_t, 3> rgb{};
    std::uint64_t count = 0;
  };

  ColourCounts();

  void add(const ImageView& image);

  /// Only the pixels whose mask value is not 0. Throws Error(internal) if the sizes differ.
  void add(const ImageView& image, const MaskView& mask);

  std::uint64_t pixels() const { return pixels_; }

  /// The colours that occur, ordered by red, green, blue.
  std::vector<Colour> colours() const;

 private:
  void add_row(const std::uint8_t* rgb, const std::uint8_t* mask, std::int64_t width);

  using Blues = std::array<std::uint64_t, 256>;
  std::vector<std::uint32_t>
      block_of_red_green_;    // 1 + the place in counts_, 0 where there is none
  std::deque<Blues> counts_;  // stays where it is while it grows
  std::uint64_t pixels_ = 0;
};

/// What a fit found. Plain data; the method says which half is used.
struct StainFit {
  StainMethod method = StainMethod::macenko;

  /// Macenko and Vahadane: rows H and E, od of red, green and blue, each of length 1.
  std::array<std::array<double, 3>, 2> stains{};

  /// Macenko and Vahadane: the 99th percentiles of the concentrations of H and E.
  std::array<double, 2> concentrations{};

  /// Reinhard: of l, alpha and beta.
  std::array<double, 3> lab_mean{};
  std::array<double, 3> lab_deviation{};
};

/// Fewer tissue pixels are an error: a percentile of them would be one pixel's chance.
constexpr std::uint64_t fewest_stain_pixels = 100;

/// The stains of a slide, or of a target image: everything from tissue pixels, which the caller
/// chooses. Throws Error(input) for too few of them, and where there are not two stains: a grey or
/// single-coloured image, or a stain that no pixel shows. Never returns a value that is not finite.
StainFit fit_stains(const ColourCounts& tissue, StainMethod method);

/// The same, but the 99th percentiles are of the concentrations of `all` pixels, glass included,
/// while the stain matrix is of `tissue`. HistoPrep does so for every single image; with `tissue`
/// counted under the same mask, StainTransform gives what its `normalize(image, mask)` gives.
/// Reinhard's fit has no percentiles and does not look at `all`. Throws as above.
StainFit fit_stains(const ColourCounts& tissue, const ColourCounts& all, StainMethod method);

/// What is normalised to where there is no target image. Macenko and Vahadane: HistoPrep's
/// REFERENCE_STAIN_MATRIX and REFERENCE_MAX_CONCENTRATIONS, which are those of
/// mitkovetta/staining-normalization. Reinhard: the mean and deviation that HistomicsTK's analyses
/// have as their default reference (reference_mu_lab, reference_std_lab), in the same space.
StainFit reference_stains(StainMethod method);

/// By how much the two concentrations of each pixel are multiplied.
struct StainAmounts {
  double haematoxylin = 1.0;
  double eosin = 1.0;
};

/// Builds its tables once, for a slide, and is then applied to its tiles. Cheap to copy. Thread
/// rule: const use from many threads.
class StainTransform {
 public:
  /// Normalises: the stains `from` of a slide become those of `to`. Throws Error(internal) if one
  /// of the fits is Reinhard's and the other is not, or if `from` is empty; Error(input) if its two
  /// stains are one and the same.
  StainTransform(const StainFit& from, const StainFit& to);

  /// Keeps the slide's own stains and changes their amounts (HistoPrep's
  /// `adjust_stain_concentrations`): {1, 0} shows haematoxylin alone and {0, 1} eosin alone, as its
  /// `separate_stains` does. Throws Error(usage) for Reinhard's fit, which knows no stains, and as
  /// above.
  StainTransform(const StainFit& from, const StainAmounts& amounts);

  /// Every pixel, tissue or not. Takes 1 to 2 ms for 512 x 512 pixels.
  Image apply(const ImageView& image) const;

  class Map;  ///< private to the room

 private:
  std::shared_ptr<const Map> map_;
};

}  // namespace histo
