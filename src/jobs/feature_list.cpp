#include "histo/feature_list.hpp"

#include "histo/error.hpp"

#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "store/layout.hpp"

namespace histo {

std::vector<ListedFeatures> list_features(const std::vector<std::filesystem::path>& inputs) {
  if (inputs.empty()) throw Error(ErrorKind::usage, "--input must name a folder");
  std::vector<ListedFeatures> all;
  for (const std::filesystem::path& folder : find_slide_folders(inputs)) {
    const std::filesystem::path file = features_file(folder);
    if (!std::filesystem::exists(file)) continue;
    ListedFeatures listed;
    listed.folder = folder;
    try {
      std::error_code ignored;
      listed.bytes = std::filesystem::file_size(file, ignored);
      const FeatureReader reader(file);
      listed.rows = reader.rows();
      listed.dim = reader.dim();
      listed.info = reader.info();
    } catch (const Error& error) {
      listed.problem = reason_of(error, folder);
    }
    all.push_back(listed);
  }
  if (all.empty()) {
    throw Error(
        ErrorKind::input,
        inputs.front().string() + ": no slide with features; 'histoencoder extract' makes them");
  }
  return all;
}

}  // namespace histo
