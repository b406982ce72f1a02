#include "demo_slide/textures.hpp"

#include <algorithm>

namespace histo::demo {

namespace {

/// Nuclei scattered over a jittered lattice. Lengths are half axes in pixels.
struct Nuclei {
  Point pitch;
  float presence = 1.0F;  ///< share of the lattice points that hold one
  float length = 7.0F;
  float width = 6.0F;
  float spread = 0.2F;   ///< sizes vary by this share to both sides
  float density = 0.6F;  ///< of haematoxylin
  float jitter = 0.8F;
};

/// How much of the pixel at `offset` from its centre a nucleus covers, times how dark it is there:
/// the rim is darker than the middle, and the chromatin is mottled.
float nucleus(const Point& offset, const Point& axis, float half_length, float half_width,
              std::uint32_t bits) {
  const float along = dot(offset, axis) / half_length;
  const float across = (axis.x * offset.y - axis.y * offset.x) / half_width;
  const float radius = std::sqrt(along * along + across * across);
  const float cover = clamp01((1.0F - radius) * half_width / 1.6F + 0.4F);
  if (cover <= 0.0F) return 0.0F;
  const float mottle = 0.22F * signed_noise(offset, 2.6F, bits);
  return cover * (0.78F + 0.22F * smooth_step(0.45F, 0.9F, radius) + mottle);
}

/// Haematoxylin of scattered nuclei; `axis_of(centre, bits)` gives each one's direction, and a zero
/// vector leaves it out.
template <class AxisOf>
float scattered(const Point& p, const Nuclei& kind, std::uint32_t salt, AxisOf&& axis_of) {
  const float reach = kind.length * (1.0F + kind.spread) + 2.0F;
  float darkest = 0.0F;
  visit_points<2>(p, kind.pitch, kind.jitter, salt, [&](const Point& centre, std::uint32_t bits) {
    const Point offset = p - centre;
    if (dot(offset, offset) > reach * reach || unit(bits, 3) >= kind.presence) return;
    const Point axis = axis_of(centre, bits);
    if (axis.x == 0.0F && axis.y == 0.0F) return;
    const float size = 1.0F + kind.spread * (2.0F * unit(bits, 4) - 1.0F);
    const float dark = kind.density * (0.75F + 0.5F * unit(bits, 5));
    darkest = std::max(darkest,
                       dark * nucleus(offset, axis, kind.length * size, kind.width * size, bits));
  });
  return darkest;
}

float scattered(const Point& p, const Nuclei& kind, std::uint32_t salt) {
  return scattered(p, kind, salt, [](const Point&, std::uint32_t bits) { return direction(bits); });
}

/// Wavy collagen with spindle-shaped nuclei along it. `loose` in [0, 1] opens clefts between the
/// bundles.
Stain fibres(const Point& p, float loose, std::uint32_t seed) {
  const Point bent = warped(warped(p, 620.0F, 190.0F, seed + 20), 130.0F, 26.0F, seed + 30);
  const Point flow{0.94F * bent.x + 0.34F * bent.y, 0.94F * bent.y - 0.34F * bent.x};
  const float bundle = noise(flow.x / 330.0F, flow.y / 34.0F, seed + 40);
  const float fibre = noise(flow.x / 150.0F, flow.y / 8.0F, seed + 41);
  const float thread = noise(flow.x / 60.0F, flow.y / 3.2F, seed + 42);
  const float cleft = 1.0F - smooth_step(0.0F, 0.10F + 0.16F * loose, std::abs(bundle - 0.38F)) *
                                 smooth_step(0.02F, 0.12F, fibre);
  Stain stain;
  stain.eosin = (0.15F + 0.11F * bundle + 0.11F * fibre + 0.06F * thread) *
                (1.0F - (0.45F + 0.4F * loose) * cleft);
  stain.haematoxylin = 0.035F + 0.02F * fibre;
  const Nuclei spindles{{64.0F, 30.0F}, 0.45F, 13.0F, 3.1F, 0.3F, 0.50F, 0.9F};
  stain.haematoxylin =
      std::max(stain.haematoxylin,
               scattered(flow, spindles, seed + 43, [](const Point&, std::uint32_t) -> Point {
                 return {1.0F, 0.0F};
               }));
  return stain;
}

Stain stroma(const Point& p, std::uint32_t seed) { return fibres(p, 0.3F, seed); }

Stain lymphoid(const Point& p, std::uint32_t seed) {
  const Point bent = warped(p, 120.0F, 40.0F, seed + 55);
  const float follicle = smooth_step(0.16F, 0.24F, signed_noise(bent, 420.0F, seed + 50));
  Stain stain;
  stain.haematoxylin = 0.10F + 0.03F * signed_noise(p, 5.0F, seed + 51);
  stain.eosin = 0.13F + 0.04F * signed_noise(p, 9.0F, seed + 52);
  const Nuclei small{{14.5F, 14.5F}, 0.96F, 6.6F, 5.9F, 0.14F, 0.62F, 0.75F};
  Nuclei pale = small;  // the germinal centres' larger, paler cells
  pale.pitch = {21.0F, 21.0F};
  pale.length = 9.0F;
  pale.width = 7.8F;
  pale.density = 0.40F;
  const float dark = follicle < 1.0F ? scattered(p, small, seed + 53) : 0.0F;
  const float light = follicle > 0.0F ? scattered(p, pale, seed + 54) : 0.0F;
  stain.haematoxylin = std::max(stain.haematoxylin, mix(dark, light, follicle));
  return stain;
}

/// The nearest gland: an irregular tube cut across.
struct Gland {
  Point centre;
  float radius = 0.0F;  ///< to its outer border, pixels
  float inside = 0.0F;  ///< how deep the point lies below the border; negative outside
};

float depth_below_border(const Point& p, const Point& centre, float radius, std::uint32_t seed) {
  return radius - length(p - centre) + 20.0F * signed_noise(p, 75.0F, seed + 60) +
         5.0F * signed_noise(p, 22.0F, seed + 61);
}

Gland nearest_gland(const Point& p, std::uint32_t seed) {
  Gland nearest{{}, 1.0F, -1.0e9F};
  const Point bent = warped(p, 300.0F, 60.0F, seed + 62);
  visit_points<3>(bent, {268.0F, 268.0F}, 0.6F, seed + 63,
                  [&](const Point& centre, std::uint32_t bits) {
                    const float radius = 80.0F + 52.0F * unit(bits, 6);
                    if (radius - length(bent - centre) < -25.0F)
                      return;  // beyond what the noise adds
                    const float inside = depth_below_border(bent, centre, radius, seed);
                    if (inside > nearest.inside) nearest = {centre, radius, inside};
                  });
  return nearest;
}

Stain glands(const Point& p, std::uint32_t seed) {
  const Gland gland = nearest_gland(p, seed);
  const float border = smooth_step(-1.5F, 1.5F, gland.inside);
  Stain stain;
  if (border < 1.0F) {
    stain = fibres(p, 0.5F, seed + 100);
    const Nuclei strays{{30.0F, 30.0F}, 0.30F, 6.0F, 5.4F, 0.2F, 0.58F, 0.8F};
    stain.haematoxylin = std::max(stain.haematoxylin, scattered(p, strays, seed + 64));
  }
  if (border <= 0.0F) return stain;

  const float height = 46.0F + 7.0F * signed_noise(p, 40.0F, seed + 65);
  const float lumen = smooth_step(height - 2.0F, height + 3.0F, gland.inside);
  const float secretion = smooth_step(0.1F, 0.8F, signed_noise(p, 90.0F, seed + 66));
  Stain tube;
  tube.eosin = mix(0.21F + 0.05F * signed_noise(p, 11.0F, seed + 67), 0.035F * secretion, lumen);
  tube.haematoxylin =
      mix(0.13F + 0.03F * signed_noise(p, 7.0F, seed + 68), 0.012F * secretion, lumen);
  const Nuclei row{{13.0F, 13.0F}, 0.95F, 8.6F, 5.2F, 0.12F, 0.52F, 0.5F};
  const Point bent = warped(p, 300.0F, 60.0F, seed + 62);
  const float nuclei =
      gland.inside > 42.0F
          ? 0.0F
          : scattered(bent, row, seed + 69, [&](const Point& centre, std::uint32_t) -> Point {
              const float depth = depth_below_border(centre, gland.centre, gland.radius, seed);
              if (depth < 8.0F || depth > 25.0F) return {};
              const Point radial = centre - gland.centre;
              return radial * (1.0F / std::max(1.0F, length(radial)));
            });
  tube.haematoxylin = std::max(tube.haematoxylin, nuclei);
  return {mix(stain.haematoxylin, tube.haematoxylin, border), mix(stain.eosin, tube.eosin, border),
          0.0F};
}

Stain fat(const Point& p, std::uint32_t seed) {
  const Point bent = warped(p, 90.0F, 12.0F, seed + 70);
  float nearest = 1.0e9F;
  float second = 1.0e9F;
  visit_points<3>(bent, {104.0F, 96.0F}, 0.72F, seed + 71, [&](const Point& centre, std::uint32_t) {
    const float distance = length(bent - centre);
    if (distance < nearest) {
      second = nearest;
      nearest = distance;
    } else if (distance < second) {
      second = distance;
    }
  });
  const float septum =
      smooth_step(0.62F, 0.80F, 1.0F - std::abs(signed_noise(p, 520.0F, seed + 72)));
  // Walls thicken away from the cells' centres, so that three of them meet in a small triangle.
  const float thickness = 5.0F + 0.11F * nearest + 34.0F * (septum > 0.94F ? septum - 0.94F : 0.0F);
  const float wall =
      1.0F - smooth_step(thickness * 0.75F, thickness * 1.25F + 1.5F, second - nearest);
  Stain stain;
  if (wall <= 0.0F) return stain;
  stain.eosin = wall * (0.25F + 0.07F * signed_noise(p, 8.0F, seed + 73));
  stain.haematoxylin = 0.05F * wall;
  const Nuclei flat{{46.0F, 46.0F}, 0.45F, 8.5F, 3.4F, 0.2F, 0.52F, 0.9F};
  if (wall > 0.6F) {
    stain.haematoxylin = std::max(stain.haematoxylin, wall * scattered(p, flat, seed + 74));
  }
  return stain;
}

/// A pool of mucus with floating groups of cells.
Stain mucin(const Point& p, std::uint32_t seed) {
  const Point bent = warped(warped(p, 420.0F, 170.0F, seed + 80), 90.0F, 22.0F, seed + 88);
  const Point flow{0.5F * bent.x + 0.87F * bent.y, 0.5F * bent.y - 0.87F * bent.x};
  const float wisp = noise(flow.x / 240.0F, flow.y / 36.0F, seed + 81);
  const float thread = noise(flow.x / 130.0F, flow.y / 9.0F, seed + 82);
  Stain stain;
  stain.mucin = 0.07F + 0.17F * wisp * wisp + 0.13F * thread * thread * thread +
                0.03F * signed_noise(p, 180.0F, seed + 83);
  stain.eosin = 0.012F;
  const Nuclei cells{{15.0F, 15.0F}, 0.95F, 7.0F, 5.6F, 0.15F, 0.55F, 0.8F};
  visit_points<3>(
      bent, {250.0F, 250.0F}, 0.6F, seed + 84, [&](const Point& centre, std::uint32_t bits) {
        if (unit(bits, 3) > 0.42F) return;
        const float radius = 20.0F + 28.0F * unit(bits, 4);
        const float depth = radius - length(bent - centre) + 10.0F * signed_noise(p, 24.0F, bits);
        const float group = smooth_step(-1.5F, 2.0F, depth);
        if (group <= 0.0F) return;
        stain.eosin = mix(stain.eosin, 0.20F, group);
        stain.haematoxylin = std::max(0.10F * group, group * scattered(p, cells, seed + 85));
        stain.mucin *= 1.0F - 0.8F * group;
      });
  return stain;
}

/// Granular debris, ghosts of cells and nuclear dust.
Stain necrosis(const Point& p, std::uint32_t seed) {
  const float grain = signed_noise(p, 3.1F, seed + 90) + 0.8F * signed_noise(p, 6.5F, seed + 91);
  const float clump = signed_noise(p, 24.0F, seed + 92);
  const float drift = rough_noise(p, 260.0F, seed + 93);
  Stain stain;
  stain.eosin = 0.165F + 0.055F * grain + 0.045F * clump + 0.05F * drift;
  stain.haematoxylin = 0.03F + 0.012F * grain;
  const Nuclei ghosts{{26.0F, 26.0F}, 0.5F, 9.0F, 8.0F, 0.2F, 0.11F, 0.9F};
  stain.haematoxylin = std::max(stain.haematoxylin, scattered(p, ghosts, seed + 94));
  const Nuclei dust{
      {13.0F, 13.0F}, 0.16F + 0.16F * clamp01(0.5F + drift), 2.5F, 2.0F, 0.5F, 0.62F, 1.0F};
  stain.haematoxylin = std::max(stain.haematoxylin, scattered(p, dust, seed + 95));
  stain.eosin = std::max(stain.eosin, 0.02F);
  stain.haematoxylin = std::max(stain.haematoxylin, 0.0F);
  return stain;
}

}  // namespace

std::string name_of(Texture texture) {
  switch (texture) {
    case Texture::glands:
      return "glands";
    case Texture::stroma:
      return "stroma";
    case Texture::lymphoid:
      return "lymphoid";
    case Texture::fat:
      return "fat";
    case Texture::mucin:
      return "mucin";
    case Texture::necrosis:
      return "necrosis";
  }
  return "unknown";
}

Stain stain_of(Texture texture, const Point& p, std::uint32_t seed) {
  switch (texture) {
    case Texture::glands:
      return glands(p, seed);
    case Texture::stroma:
      return stroma(p, seed);
    case Texture::lymphoid:
      return lymphoid(p, seed);
    case Texture::fat:
      return fat(p, seed);
    case Texture::mucin:
      return mucin(p, seed);
    case Texture::necrosis:
      return necrosis(p, seed);
  }
  return {};
}

}  // namespace histo::demo
