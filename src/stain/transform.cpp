#include <algorithm>
#include <cmath>
#include <cstring>

#include "histo/error.hpp"
#include "histo/stain.hpp"

#include "stain/density.hpp"
#include "stain/lab.hpp"

namespace histo {

namespace {

using stain::dot;
using stain::Matrix3;
using stain::Vector3;

constexpr std::size_t lanes = 4;  // three channels and one that is not used
constexpr std::int64_t most_pixels =
    512;  // so many at a time: their floats stay in the first cache

using Lanes = std::array<float, lanes>;

/// The three channels' parts of a sum, one for each value of each channel.
using Tables = std::array<std::array<Lanes, 256>, 3>;

/// Room for the channels of a row's part, and for the lane that overhangs.
using Numbers = std::array<float, static_cast<std::size_t>(most_pixels) * 3 + 1>;

/// Part k, value v, channel i: weights[k][i] * values[v].
Tables make_tables(const Matrix3& weights, const std::array<double, 256>& values) {
  Tables tables{};
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t v = 0; v < values.size(); ++v) {
      for (std::size_t i = 0; i < 3; ++i) {
        tables[k][v][i] = static_cast<float>(weights[k][i] * values[v]);
      }
    }
  }
  return tables;
}

void look_up(const Tables& tables, const std::uint8_t* rgb, std::int64_t pixels, float* numbers) {
  for (std::int64_t x = 0; x < pixels; ++x, rgb += 3, numbers += 3) {
    const Lanes& red = tables[0][rgb[0]];
    const Lanes& green = tables[1][rgb[1]];
    const Lanes& blue = tables[2][rgb[2]];
    Lanes sum;
    for (std::size_t i = 0; i < lanes; ++i) sum[i] = red[i] + green[i] + blue[i];
    // One lane too many, which the next pixel overwrites: a single store.
    std::memcpy(numbers, sum.data(), sizeof(sum));
  }
}

std::int32_t bits_of(float value) {
  std::int32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

float from_bits(std::int32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// 2 to the power of a number in [-126, 126], to 3e-7 of itself: 2^i exp(f ln 2) with i whole and
/// |f| <= 1/2, the exponential by its series. Without branches or calls, so that a loop of it
/// becomes vector code.
float power_of_two(float value) {
  constexpr float round = 12582912.0F;  // 1.5 * 2^23: adding it leaves no digits behind the point
  const float rounded = value + round;
  const float f = value - (rounded - round);
  float series = 1.5403530e-4F;
  series = series * f + 1.3333558e-3F;
  series = series * f + 9.6181291e-3F;
  series = series * f + 5.5504109e-2F;
  series = series * f + 2.4022651e-1F;
  series = series * f + 6.9314718e-1F;
  series = series * f + 1.0F;
  // The last bits of `rounded` are i; the shift drops all others.
  return from_bits(bits_of(series) +
                   static_cast<std::int32_t>(static_cast<std::uint32_t>(bits_of(rounded)) << 23U));
}

/// Of each number; those that leave the range are held at its end. Two loops, since compilers make
/// a case of its own of a held number where they see what follows, and then no vectors.
void raise_two(float* numbers, std::int64_t count) {
  constexpr float most = 126.0F;
  for (std::int64_t i = 0; i < count; ++i) {
    numbers[i] = std::min(std::max(numbers[i], -most), most);
  }
  for (std::int64_t i = 0; i < count; ++i) numbers[i] = power_of_two(numbers[i]);
}

/// Whole grey levels, cut and not rounded.
void store(const float* numbers, std::int64_t count, std::uint8_t* result) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float held = std::min(std::max(numbers[i], 0.0F), 255.0F);
    result[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(held));
  }
}

/// The logarithm to base 2 of a positive number, to 1e-7 of it or of 1: e + log2 m with m between
/// sqrt(1/2) and sqrt 2, by the series of artanh((m - 1) / (m + 1)).
float logarithm_of_two(float value) {
  constexpr std::int32_t half_root = 0x3f3504f3;  // sqrt(1/2)
  const std::int32_t exponent = (bits_of(value) - half_root) >> 23;
  const float m = from_bits(bits_of(value) - exponent * (1 << 23));
  const float s = (m - 1.0F) / (m + 1.0F);
  const float square = s * s;
  float series = 3.2059889e-1F;
  series = series * square + 4.1219859e-1F;
  series = series * square + 5.7707802e-1F;
  series = series * square + 9.6179669e-1F;
  series = series * square + 2.8853901F;
  return static_cast<float>(exponent) + s * series;
}

void take_logarithms(float* numbers, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) numbers[i] = logarithm_of_two(numbers[i]);
}

/// Each pixel's three numbers by the matrix of these columns, and the offset added.
void multiply(const std::array<Lanes, 3>& columns, const Lanes& offset, std::int64_t pixels,
              float* numbers) {
  for (std::int64_t x = 0; x < pixels; ++x, numbers += 3) {
    const float a = numbers[0];
    const float b = numbers[1];
    const float c = numbers[2];
    for (std::size_t i = 0; i < 3; ++i) {
      numbers[i] = columns[0][i] * a + columns[1][i] * b + columns[2][i] * c + offset[i];
    }
  }
}

std::array<Lanes, 3> columns_of(const Matrix3& matrix) {
  std::array<Lanes, 3> columns{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) columns[j][i] = static_cast<float>(matrix[i][j]);
  }
  return columns;
}

void check(const StainFit& from) {
  const bool reinhard = from.method == StainMethod::reinhard;
  const auto above_zero = [](double value) { return value > 0.0; };
  const bool there =
      reinhard ? std::all_of(from.lab_deviation.begin(), from.lab_deviation.end(), above_zero)
               : std::all_of(from.concentrations.begin(), from.concentrations.end(), above_zero);
  if (!there) throw Error(ErrorKind::internal, "the stain fit is empty, fit_stains makes one");
}

void check(const StainFit& from, const StainFit& to) {
  check(from);
  if ((from.method == StainMethod::reinhard) == (to.method == StainMethod::reinhard)) return;
  throw Error(ErrorKind::internal,
              "one of the two stain fits is Reinhard's, both or neither must be");
}

/// od of the source to od of the result: row k says what channel k adds to each channel.
Matrix3 density_map(const stain::StainMatrix& unmix, const std::array<double, 2>& factors,
                    const stain::StainMatrix& stains) {
  Matrix3 map{};
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t i = 0; i < 3; ++i) {
      map[k][i] = unmix[0][k] * factors[0] * stains[0][i] + unmix[1][k] * factors[1] * stains[1][i];
    }
  }
  return map;
}

/// v / 255, and for 0 what 1 has, since logarithms follow.
std::array<double, 256> share_table() {
  std::array<double, 256> values{};
  for (std::size_t v = 1; v < values.size(); ++v) values[v] = static_cast<double>(v) / 255.0;
  values[0] = values[1];
  return values;
}

}  // namespace

class StainTransform::Map {
 public:
  Map() = default;
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;
  virtual ~Map() = default;

  /// `pixels` is at most most_pixels.
  virtual void apply(const std::uint8_t* rgb, std::int64_t pixels, std::uint8_t* result) const = 0;
};

namespace {

/// Linear in optical density: what Macenko and Vahadane do.
class DensityMap : public StainTransform::Map {
 public:
  explicit DensityMap(Matrix3 map) {
    // Powers of two instead of e, and the brightness beside.
    for (Vector3& row : map) {
      for (double& weight : row) weight *= -1.0 / std::log(2.0);
    }
    tables_ = make_tables(map, stain::density_table());
  }

  void apply(const std::uint8_t* rgb, std::int64_t pixels, std::uint8_t* result) const override {
    Numbers numbers;
    look_up(tables_, rgb, pixels, numbers.data());
    raise_two(numbers.data(), 3 * pixels);
    for (std::int64_t i = 0; i < 3 * pixels; ++i) numbers[static_cast<std::size_t>(i)] *= 255.0F;
    store(numbers.data(), 3 * pixels, result);
  }

 private:
  Tables tables_{};
};

/// Linear in the logarithms of the cones' responses: what Reinhard does.
class LabMap : public StainTransform::Map {
 public:
  LabMap(const StainFit& from, const StainFit& to) {
    const Matrix3 lab = stain::lab_of_logarithms();
    // Against white instead of 1 the logarithms are small, and floats precise.
    const double of_white = std::log(255.0);
    const Vector3 white_logarithms{of_white, of_white, of_white};
    Matrix3 scaled = lab;
    Vector3 shift{};
    for (std::size_t i = 0; i < 3; ++i) {
      const double factor = to.lab_deviation[i] / from.lab_deviation[i];
      for (double& value : scaled[i]) value *= factor;
      const double white = dot(lab[i], white_logarithms);
      // The logarithms below have base 2, those of the fits base e.
      shift[i] = (to.lab_mean[i] - white - factor * (from.lab_mean[i] - white)) / std::log(2.0);
    }
    Matrix3 back{};
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) back[i][j] = lab[j][i];
    }
    Matrix3 weights{};  // transposed: row k is what channel k adds
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) weights[j][i] = stain::cones_of_rgb[i][j];
      offset_[i] = static_cast<float>(dot(back[i], shift));
    }
    tables_ = make_tables(weights, share_table());
    logarithms_ = columns_of(stain::product(back, scaled));
    Matrix3 rgb = stain::inverse(stain::cones_of_rgb);
    for (Vector3& row : rgb) {
      for (double& value : row) value *= 255.0;
    }
    rgb_ = columns_of(rgb);
  }

  void apply(const std::uint8_t* rgb, std::int64_t pixels, std::uint8_t* result) const override {
    constexpr Lanes half{0.5F, 0.5F, 0.5F, 0.5F};
    Numbers numbers;
    const std::int64_t count = 3 * pixels;
    look_up(tables_, rgb, pixels, numbers.data());
    take_logarithms(numbers.data(), count);
    multiply(logarithms_, offset_, pixels, numbers.data());
    raise_two(numbers.data(), count);
    multiply(rgb_, half, pixels, numbers.data());
    store(numbers.data(), count, result);
  }

 private:
  Tables tables_{};
  std::array<Lanes, 3> logarithms_{};
  Lanes offset_{};
  std::array<Lanes, 3> rgb_{};
};

}  // namespace

StainTransform::StainTransform(const StainFit& from, const StainFit& to) {
  check(from, to);
  if (from.method == StainMethod::reinhard) {
    map_ = std::make_shared<LabMap>(from, to);
    return;
  }
  const stain::StainMatrix unmix = stain::unmixing(from.stains);
  const std::array<double, 2> factors{to.concentrations[0] / from.concentrations[0],
                                      to.concentrations[1] / from.concentrations[1]};
  map_ = std::make_shared<DensityMap>(density_map(unmix, factors, to.stains));
}

StainTransform::StainTransform(const StainFit& from, const StainAmounts& amounts) {
  if (from.method == StainMethod::reinhard) {
    throw Error(ErrorKind::usage,
                "stains can be separated by macenko or vahadane, got reinhard, which knows none");
  }
  check(from);
  map_ = std::make_shared<DensityMap>(density_map(
      stain::unmixing(from.stains), {amounts.haematoxylin, amounts.eosin}, from.stains));
}

Image StainTransform::apply(const ImageView& image) const {
  Image result(image.width, image.height);
  for (std::int64_t y = 0; y < image.height; ++y) {
    for (std::int64_t x = 0; x < image.width; x += most_pixels) {
      map_->apply(image.row(y) + 3 * x, std::min(most_pixels, image.width - x),
                  result.row(y) + 3 * x);
    }
  }
  return result;
}

}  // namespace histo
