#include "jobs/estimate.hpp"

#include <algorithm>
#include <random>

#include "histo/error.hpp"
#include "histo/metrics.hpp"

#include "core/ordered_map.hpp"

namespace histo {

namespace {

// Selection sampling (Knuth, The Art of Computer Programming, vol. 2, 3.4.2, algorithm S): in the
// order of the rows. The generator's numbers are the same everywhere, those of the standard
// library's distributions are not.
std::vector<std::size_t> draw(std::size_t count, std::size_t samples) {
  std::mt19937_64 random(0);
  std::vector<std::size_t> drawn;
  for (std::size_t i = 0; i < count && drawn.size() < samples; ++i) {
    if (random() % (count - i) < samples - drawn.size()) drawn.push_back(i);
  }
  return drawn;
}

}  // namespace

std::optional<Normalisation> estimate_normalisation(const StoredTiles& tiles,
                                                    const std::vector<TileRow>& rows,
                                                    std::size_t samples, std::size_t threads,
                                                    const std::atomic<bool>& stop) {
  const std::vector<std::size_t> drawn = draw(rows.size(), std::min(samples, rows.size()));
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::size_t> {
    if (stop.load() || next == drawn.size()) return std::nullopt;
    return drawn[next++];
  };
  const auto make_worker = [&] {
    return [&](std::size_t row) { return colour_moments(tiles.read(rows[row])); };
  };
  Normalisation sum;
  const auto sink = [&sum](const ColourMoments& moments) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      sum.mean[channel] += moments.mean[channel];
      sum.deviation[channel] += moments.deviation[channel];
    }
  };
  ordered_map(threads, source, make_worker, sink);
  if (stop.load()) return std::nullopt;

  const double scale = 255.0 * static_cast<double>(drawn.size());
  for (std::size_t channel = 0; channel < 3; ++channel) {
    if (!(sum.deviation[channel] > 0.0)) {
      throw Error(ErrorKind::input,
                  "its tiles have one colour only, so no deviation can be estimated");
    }
    sum.mean[channel] /= scale;
    sum.deviation[channel] /= scale;
  }
  return sum;
}

}  // namespace histo
