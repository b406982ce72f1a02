// JSON: properties.json, the model's card, and regions.

#include <cmath>

#include "histo/model_card.hpp"

#include "core/files.hpp"
#include "fuzz/bench.hpp"
#include "fuzz/targets.hpp"
#include "store/geojson.hpp"
#include "store/records.hpp"

namespace histo::fuzz {

namespace {

void require_sound(const ModelCard& card) {
  require(card.torchscript.parent_path() == scratch_folder(), "the weights lie beside the card");
  require(card.dim >= 1 && card.whole_dim() >= 1, "a feature has values");
  require(card.crop_size >= 1 && card.resize_size >= 1, "an image has pixels");
  require(!card.self_test_values.empty(), "there is a self-test");
  const std::size_t last = (card.self_test_values.size() - 1) * card.self_test_stride;
  require(last < card.whole_dim(), "the self-test stays within a feature");
}

}  // namespace

void slide_record(std::string_view bytes) {
  const std::filesystem::path file = scratch_file("properties.json", bytes);
  SlideRecord record;
  if (!accepts([&] { record = read_slide_record(file); })) return;
  require(record.width >= 1 && record.height >= 1 && record.level >= 0, "a tile has pixels");
  require(record.level_downsample.x > 0.0 && record.level_downsample.y > 0.0,
          "a level is no larger than nothing");
  // Keys and values of a foreign fingerprint may hold what its lines cannot say; ours cannot.
  write_slide_record(file, record);
  require(accepts([&] { record = read_slide_record(file); }), "what was written can be read");
  write_slide_record(file, record);
  const std::string text = read_text(file);
  require(accepts([&] { record = read_slide_record(file); }), "what was written can be read");
  write_slide_record(file, record);
  require(read_text(file) == text, "what was written is read back");
}

void model_card(std::string_view bytes) {
  static const std::filesystem::path weights = scratch_file("model.pt", "weights");
  const std::filesystem::path file = scratch_file("model.json", bytes);
  ModelCard card;
  if (accepts([&] { card = read_model_card(file); })) {
    require_sound(card);
    accepts([&] { with_blocks(card, 1, true); });
    accepts([&] { check_model_file(card); });
  }
  static const bool made = std::filesystem::create_directory(scratch_folder() / "published");
  require(made, "the folder was not there");
  scratch_file("published/model.json", bytes);
  accepts([&] { published_models({scratch_folder()}); });
}

void geojson(std::string_view bytes) {
  const std::filesystem::path file = scratch_file("slide.geojson", bytes);
  GeoJson found;
  if (!accepts([&] { found = read_geojson(file); })) return;
  const auto require_ring = [](const Ring& ring) {
    require(ring.size() >= 3, "a ring has three points");
    for (const Point& point : ring) {
      require(std::abs(point.x) <= 1e9 && std::abs(point.y) <= 1e9, "a point lies on a slide");
    }
  };
  for (const RegionOfInterest& region : found.regions) {
    require(!region.polygons.empty(), "a region has an area");
    for (const Polygon& polygon : region.polygons) {
      require_ring(polygon.outline);
      for (const Ring& hole : polygon.holes) require_ring(hole);
    }
  }
}

}  // namespace histo::fuzz
