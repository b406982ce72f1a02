#include "jobs/side_inputs.hpp"

#include <cmath>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

std::filesystem::path beside(const std::filesystem::path& folder,
                             const std::filesystem::path& slide,
                             const std::vector<std::string>& extensions, const std::string& what) {
  const std::string name = slide_name(slide);
  std::string all;
  for (const std::string& extension : extensions) {
    std::filesystem::path file = folder / (name + extension);
    std::error_code ignored;  // a name that is too long with this extension is none that is there
    if (std::filesystem::exists(file, ignored)) return file;
    all += (all.empty() ? "" : ", ") + name + extension;
  }
  throw Error(ErrorKind::input,
              folder.string() + " has no " + what + " for this slide (looked for " + all + ")");
}

/// A number that fills the whole text.
std::optional<double> parsed(const std::string& text) {
  if (text.empty() || std::isspace(static_cast<unsigned char>(text.front())) != 0)
    return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0') return std::nullopt;
  return value;
}

}  // namespace

std::filesystem::path mask_file_of(const std::filesystem::path& folder,
                                   const std::filesystem::path& slide) {
  return beside(folder, slide, {".png", ".jpeg", ".jpg", ".tif", ".tiff"}, "mask");
}

std::filesystem::path regions_file_of(const std::filesystem::path& folder,
                                      const std::filesystem::path& slide) {
  return beside(folder, slide, {".geojson"}, "file of regions");
}

std::optional<double> given_mpp(const TileJobOptions& options, const std::filesystem::path& slide) {
  if (options.resolution.slide_mpp) return options.resolution.slide_mpp;
  for (const std::string& key : {slide.string(), slide.filename().string(), slide_name(slide)}) {
    const auto found = options.slide_mpp.find(key);
    if (found != options.slide_mpp.end()) return found->second;
  }
  return std::nullopt;
}

std::map<std::string, double> read_slide_mpp(const std::filesystem::path& csv) {
  const CsvTable table = parse_csv(read_text(csv), csv.string());
  const std::size_t slide = table.column("slide");
  const std::size_t mpp = table.column("mpp");
  std::map<std::string, double> result;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string& name = table.rows[row][slide];
    const std::string& text = table.rows[row][mpp];
    const std::optional<double> value = parsed(text);
    const std::string where = csv.string() + ", line " + std::to_string(table.lines[row]) + ": ";
    if (name.empty()) throw Error(ErrorKind::input, where + "the slide has no name");
    if (!value || !std::isfinite(*value) || *value <= 0.0) {
      throw Error(ErrorKind::input,
                  where + "mpp must be a positive number of micrometres, got '" + text + "'");
    }
    if (!result.emplace(name, *value).second) {
      throw Error(ErrorKind::input, where + "the slide " + name + " is named a second time");
    }
  }
  return result;
}

}  // namespace histo
