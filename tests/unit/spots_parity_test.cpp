// Hidden: tests/parity/spots.py writes the cases and runs it.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "histo/spots.hpp"

#include "support/catch.hpp"

namespace {

struct Case {
  std::string name;
  histo::Size slide_size;
  histo::SpotOptions options;
  bool shared_places = false;
  std::vector<histo::Spot> spots;  // names and rectangles only
  histo::Mask tissue;
  histo::Mask cleaned;
};

Case read_case(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  Case result;
  std::getline(file, result.name);
  histo::Size size;
  double max_area = 0.0;
  double max_relative_area = 0.0;
  std::size_t count = 0;
  histo::SpotOptions& options = result.options;
  file >> size.width >> size.height >> result.slide_size.width >> result.slide_size.height >>
      options.min_area >> max_area >> options.min_relative_area >> max_relative_area >> count >>
      result.shared_places;
  if (max_area >= 0.0) options.max_area = max_area;
  options.max_relative_area.reset();
  if (max_relative_area >= 0.0) options.max_relative_area = max_relative_area;
  result.spots.resize(count);
  for (histo::Spot& spot : result.spots) {
    file >> spot.name >> spot.rect.x >> spot.rect.y >> spot.rect.width >> spot.rect.height;
  }
  file.get();
  for (histo::Mask* mask : {&result.tissue, &result.cleaned}) {
    *mask = histo::Mask(size.width, size.height);
    file.read(reinterpret_cast<char*>(mask->data()),
              static_cast<std::streamsize>(mask->bytes().size()));
  }
  REQUIRE(file);
  return result;
}

bool same_spots(const histo::SpotGrid& found, const Case& wanted) {
  const auto same = [](const histo::Spot& a, const histo::Spot& b) {
    return a.name == b.name && a.rect == b.rect;
  };
  return found.shared_places == wanted.shared_places &&
         std::equal(found.spots.begin(), found.spots.end(), wanted.spots.begin(),
                    wanted.spots.end(), same);
}

}  // namespace

TEST_CASE("spots: HistoPrep's own, of the masks that it was given", "[.][parity]") {
  const char* folder = std::getenv("HISTO_SPOT_CASES");
  REQUIRE(folder != nullptr);
  std::map<std::string, std::vector<std::size_t>> different;  // masks, and grids
  std::size_t cases = 0;

  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Case wanted = read_case(entry.path());
    const histo::Mask cleaned = histo::clean_spot_mask(wanted.tissue, wanted.options);
    std::vector<std::size_t>& counts = different[wanted.name];
    counts.resize(2);
    if (cleaned.bytes() != wanted.cleaned.bytes()) ++counts[0];
    if (!same_spots(histo::find_spots(wanted.cleaned, wanted.slide_size), wanted)) ++counts[1];
    ++cases;
  }

  CHECK(cases > 0);
  for (const auto& [name, counts] : different) {
    std::cout << name << ": " << counts[0] << " cleaned masks differ, the spots of " << counts[1]
              << "\n";
    CHECK(counts[0] == 0);
    CHECK(counts[1] == 0);
  }
}
