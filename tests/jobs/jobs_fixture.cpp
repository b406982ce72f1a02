#include "jobs/jobs_fixture.hpp"

#include <algorithm>
#include <utility>

#include "core/files.hpp"
#include "support/slides.hpp"

namespace histo::test {

void MeanEncoder::encode_in_one_call(const std::uint8_t* pixels,
                                     const Normalisation* normalisations, std::size_t n,
                                     float* features) {
  encode(pixels, normalisations, n, features);
}

void MeanEncoder::encode(const std::uint8_t* pixels, const Normalisation* normalisations,
                         std::size_t n, float* features) {
  if (batches_ != nullptr) batches_->push_back(n);
  std::fill(features, features + n * dim(), 0.0F);
  const auto area = static_cast<float>(side_ * side_);
  for (std::size_t image = 0; image < n; ++image, features += dim()) {
    for (std::size_t i = 0; i < side_ * side_; ++i, pixels += 3) {
      const std::size_t quarter =
          2 * (i / side_ >= side_ / 2 ? 1U : 0U) + (i % side_ >= side_ / 2 ? 1U : 0U);
      for (std::size_t c = 0; c < 3; ++c) {
        const auto value = static_cast<float>((pixels[c] / 255.0 - normalisations[image].mean[c]) /
                                              normalisations[image].deviation[c]);
        features[c] += value / area;
        features[3 + quarter] += value * 4.0F / area / 3.0F;
      }
    }
  }
}

ModelCard mean_card() {
  ModelCard card;
  card.name = "mean";
  card.sha256 = std::string(64, '0');
  card.text = "{}";
  card.resize_size = 32;
  card.crop_size = 32;
  card.normalisation = Normalisation{{0, 0, 0}, {1, 1, 1}};
  card.dim = 7;
  return card;
}

const std::atomic<bool>& never_stop() {
  static const std::atomic<bool> never{false};
  return never;
}

Workplace::Workplace(int count) {
  for (int i = 0; i < count; ++i) {
    const Rect tissue{100 + 60 * i, 150, 400, 300 + 50 * i};
    write_slide(slide(i), tissue_image({700, 640}, tissue));
  }
}

std::filesystem::path Workplace::slide(int index) const {
  return path() / ("s" + std::to_string(index) + ".tiff");
}

TileJobOptions Workplace::tile_options() const {
  TileJobOptions options;
  options.slides = find_slides({(path() / "*.tiff").string()}, std::nullopt);
  options.output = output();
  options.tiling.width = 128;
  return options;
}

void Workplace::cut() const {
  Listener listener;
  run_tile_job(tile_options(), listener, never_stop());
}

ExtractJobOptions Workplace::extract_options() const {
  ExtractJobOptions options;
  options.inputs = {output()};
  options.batch_size = 8;
  return options;
}

RunReport Workplace::extract(const ExtractJobOptions& options, Listener& listener,
                             const ModelCard& card) const {
  const auto load = [&card] {
    LoadedEncoder loaded;
    loaded.encoder = std::make_unique<MeanEncoder>(card.crop_size);
    loaded.device = "cpu";
    return loaded;
  };
  return run_extract_job(options, card, load, listener, never_stop());
}

ClusterJobOptions Workplace::cluster_options(std::vector<std::size_t> clusters) const {
  ClusterJobOptions options;
  options.inputs = {output()};
  options.kmeans.clusters = std::move(clusters);
  return options;
}

std::vector<std::pair<std::string, std::string>> contents(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name == "run.json" || name == "summary.csv") continue;
    if (entry.path().parent_path().filename() == "runs") continue;
    files.emplace_back(entry.path().lexically_relative(folder).string(), read_text(entry.path()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace histo::test
