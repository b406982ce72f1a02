#include "jobs/tile_fit.hpp"

#include <cmath>

#include "core/text.hpp"

namespace histo {

namespace {

// Decimals that were rounded on their way into a file must not decide.
constexpr double rounding_error = 1e-9;

bool fits(double found, double wanted, double tolerance) {
  return std::abs(found - wanted) <= (tolerance + rounding_error) * wanted;
}

bool size_fits(const ModelCard& card, Size size) {
  if (!card.tile_size_px) return true;
  const auto wanted = static_cast<double>(*card.tile_size_px);
  return fits(static_cast<double>(size.width), wanted, card.tile_tolerance) &&
         fits(static_cast<double>(size.height), wanted, card.tile_tolerance);
}

bool scale_fits(const ModelCard& card, const SlideRecord& record) {
  if (!card.tile_mpp || !record.effective_mpp) return true;
  const double across = *record.effective_mpp;
  return fits(across, *card.tile_mpp, card.tile_tolerance) &&
         fits(record.effective_mpp_y.value_or(across), *card.tile_mpp, card.tile_tolerance);
}

std::string joined(const std::string& size, const std::string& scale) {
  return size + (size.empty() || scale.empty() ? "" : " at ") + scale;
}

std::string scale_text(double mpp) { return number(mpp) + " um a pixel"; }

std::string found_text(Size size, const SlideRecord& record) {
  return joined(std::to_string(size.width) + " x " + std::to_string(size.height) + " pixels",
                record.effective_mpp ? scale_text(*record.effective_mpp) : "");
}

std::string wanted_text(const ModelCard& card) {
  const std::string side = card.tile_size_px ? std::to_string(*card.tile_size_px) : "";
  return joined(side.empty() ? "" : side + " x " + side + " pixels",
                card.tile_mpp ? scale_text(*card.tile_mpp) : "");
}

std::string cutting_options(const ModelCard& card) {
  return (card.tile_mpp ? " --mpp " + number(*card.tile_mpp) : "") +
         (card.tile_size_px ? " --width " + std::to_string(*card.tile_size_px) : "");
}

}  // namespace

Size tile_image_size(const SlideRecord& record) {
  const auto pixels = [](std::int64_t level0, double downsample) {
    return round_half_even(static_cast<double>(level0) / downsample);
  };
  return {record.tile_width_px.value_or(pixels(record.width, record.level_downsample.x)),
          record.tile_height_px.value_or(pixels(record.height, record.level_downsample.y))};
}

std::string misfit(const ModelCard& card, const SlideRecord& record, const std::string& cutter) {
  const Size size = tile_image_size(record);
  if (size_fits(card, size) && scale_fits(card, record)) return "";
  return "has tiles of " + found_text(size, record) + ", and model " + card.name +
         " was trained on " + wanted_text(card) + ", " + number(100.0 * card.tile_tolerance) +
         " % either way; '" + cutter + cutting_options(card) +
         "' cuts such tiles, --force takes these";
}

bool has_unknown_scale(const ModelCard& card, const SlideRecord& record) {
  return card.tile_mpp && !record.effective_mpp;
}

}  // namespace histo
