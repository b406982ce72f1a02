#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "histo/picture.hpp"

#include "support/catch.hpp"

using histo::cluster_colour;
using histo::Colour;
using histo::ErrorKind;
using histo::test::Approx;
using histo::test::error_of;

namespace {

using Three = std::array<double, 3>;
using Matrix = std::array<Three, 3>;

Three product(const Matrix& matrix, const Three& vector) {
  Three result{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) result[i] += matrix[i][j] * vector[j];
  }
  return result;
}

constexpr Matrix normal{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
// Machado, Oliveira and Fernandes (2009), severity 1, on linear sRGB.
constexpr Matrix protanopia{{{0.152286, 1.052583, -0.204868},
                             {0.114503, 0.786281, 0.099216},
                             {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix deuteranopia{{{0.367322, 0.860646, -0.227968},
                               {0.280085, 0.672501, 0.047413},
                               {-0.011820, 0.042940, 0.968881}}};
constexpr Matrix tritanopia{{{1.255528, -0.076749, -0.178779},
                             {-0.078411, 0.930809, 0.147602},
                             {0.004733, 0.691367, 0.303900}}};

/// L*, a*, b* of a colour as somebody sees it; IEC 61966-2-1 and CIE 1976, D65.
Three seen(Colour colour, const Matrix& vision) {
  Three linear{};
  const std::array<std::uint8_t, 3> parts{colour.red, colour.green, colour.blue};
  for (std::size_t i = 0; i < 3; ++i) {
    const double share = parts[i] / 255.0;
    linear[i] = share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
  }
  Three rgb = product(vision, linear);
  for (double& part : rgb) part = std::clamp(part, 0.0, 1.0);
  constexpr Matrix to_xyz{{{0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047},
                           {0.2126729, 0.7151522, 0.0721750},
                           {0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883}}};
  Three f = product(to_xyz, rgb);
  for (double& part : f) {
    part = part > 216.0 / 24389.0 ? std::cbrt(part) : (part * 24389.0 / 27.0 + 16.0) / 116.0;
  }
  return {116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])};
}

/// The smallest CIE 1976 distance between two of the first `count` colours.
double smallest_distance(std::int32_t count, const Matrix& vision) {
  double smallest = std::numeric_limits<double>::infinity();
  for (std::int32_t a = 0; a < count; ++a) {
    for (std::int32_t b = 0; b < a; ++b) {
      const Three one = seen(cluster_colour(a), vision);
      const Three other = seen(cluster_colour(b), vision);
      smallest =
          std::min(smallest, std::hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]));
    }
  }
  return smallest;
}

}  // namespace

TEST_CASE("cluster colours: the first seven are Okabe and Ito's") {
  CHECK(cluster_colour(0) == Colour{230, 159, 0});
  CHECK(cluster_colour(1) == Colour{86, 180, 233});
  CHECK(cluster_colour(6) == Colour{204, 121, 167});
}

TEST_CASE("cluster colours: the measure knows the distance of black and white") {
  const Three white = seen({255, 255, 255}, normal);

  CHECK(white[0] == Approx(100.0).margin(0.01));
  CHECK(std::hypot(white[1], white[2]) < 0.02);
  // Red and green as bright as each other are nearly one colour without green cones.
  const Three red = seen({210, 0, 0}, deuteranopia);
  const Three green = seen({115, 105, 0}, deuteranopia);
  CHECK(std::hypot(red[0] - green[0], red[1] - green[1], red[2] - green[2]) < 15.0);
}

TEST_CASE("cluster colours: the first twelve are far apart for every kind of colour vision") {
  CHECK(smallest_distance(12, normal) > 25.0);
  CHECK(smallest_distance(12, protanopia) > 13.0);
  CHECK(smallest_distance(12, deuteranopia) > 13.0);
  CHECK(smallest_distance(12, tritanopia) > 13.0);
}

TEST_CASE("cluster colours: no two of 32 are one to anybody") {
  for (const Matrix& vision : {normal, protanopia, deuteranopia, tritanopia}) {
    CHECK(smallest_distance(32, vision) > 5.0);
  }
}

TEST_CASE("cluster colours: no two of 128 are alike, then they repeat") {
  for (std::int32_t a = 0; a < 128; ++a) {
    for (std::int32_t b = 0; b < a; ++b) CHECK_FALSE(cluster_colour(a) == cluster_colour(b));
  }
  CHECK(cluster_colour(128) == cluster_colour(0));
}

TEST_CASE("cluster colours: a negative label is refused") {
  const auto error = error_of([] { cluster_colour(-1); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) == "cluster_colour was given label -1, below 0");
}
