#pragma once
/// Mean and deviation of a slide's colours, for models whose card leaves them to the tiles.

#include <atomic>
#include <cstddef>
#include <optional>
#include <vector>

#include "histo/model_card.hpp"
#include "histo/tile_table.hpp"

#include "jobs/stored_tiles.hpp"

namespace histo {

/// Source: HistoEncoder, through HistoPrep's `get_mean_and_std_from_paths`: the average of the
/// tiles' channel means and the average of their deviations, over 255. Over at most `samples` of
/// the rows, drawn with a fixed seed, so that a slide's estimate depends on nothing but its tiles.
/// Unset once `stop` is true. Throws Error(input) for a tile that cannot be read, and where a
/// channel has one value in all of them, or there is no tile.
std::optional<Normalisation> estimate_normalisation(const StoredTiles& tiles,
                                                    const std::vector<TileRow>& rows,
                                                    std::size_t samples, std::size_t threads,
                                                    const std::atomic<bool>& stop);

}  // namespace histo
