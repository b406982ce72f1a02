#include "jobs/classify_fixture.hpp"

#include <algorithm>

#include "histo/feature_store.hpp"

#include "core/files.hpp"
#include "core/random.hpp"

namespace histo::test {

Json summary_in(const std::filesystem::path& folder) {
  return Json::parse(read_text(folder / "summary.json"));
}

CsvTable table_in(const std::filesystem::path& file) {
  return parse_csv(read_text(file), file.filename().string());
}

void ClassedSlides::add(const std::string& name, const std::vector<float>& rows,
                        const std::string& in) const {
  constexpr std::size_t dim = 4;
  const std::filesystem::path folder = input(in) / name;
  make_folders(folder);
  std::string table = "x,y,w,h,path\n";
  std::vector<Rect> rects;
  for (std::size_t i = 0; i < rows.size() / dim; ++i) {
    rects.push_back({static_cast<std::int64_t>(i) * 64, 0, 64, 64});
    table += std::to_string(rects.back().x) + ",0,64,64,\n";
  }
  FeatureInfo info;
  info.encoder = "made";
  info.tile_size = {64, 64};
  FeatureWriter writer(folder / "features.h5", dim, info);
  writer.append(rows.data(), rects);
  writer.commit();
  replace_file(folder / "metadata.csv", table);
}

std::vector<float> ClassedSlides::rows_of(std::size_t a_class, std::size_t tiles,
                                          std::uint64_t seed, double spread) {
  Random random(seed, a_class);
  std::vector<float> rows;
  for (std::size_t i = 0; i < tiles; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      // The sum of three uniform numbers is close enough to a normal one.
      const double noise = random.uniform() + random.uniform() + random.uniform() - 1.5;
      rows.push_back(static_cast<float>((j == a_class ? 1.0 : 0.0) + 2.0 * spread * noise));
    }
  }
  return rows;
}

void ClassedSlides::fill() const {
  std::string text = "slide,label,patient,split,score\n";
  for (std::uint64_t patient = 0; patient < 6; ++patient) {
    const std::string name = "p" + std::to_string(patient);
    const std::string split = patient < 4 ? "train" : (patient == 4 ? "validation" : "test");
    for (std::size_t c = 0; c < 3; ++c) {
      const std::string letter(1, static_cast<char>('a' + c));
      add(name + letter, rows_of(c, 8, 100 * patient + c));
      text += csv_line({name + letter, letter, name, split, std::to_string(c)});
    }
  }
  write_labels(text);
}

void ClassedSlides::write_labels(const std::string& text) const { replace_file(labels(), text); }

ClassifyOptions ClassedSlides::options() const {
  ClassifyOptions options;
  options.inputs = {input()};
  options.labels.table = labels();
  options.labels.group = "patient";
  options.folds = 3;
  options.bootstrap = 50;
  options.output = output();
  return options;
}

KnnJobOptions knn_of(const ClassedSlides& slides) {
  KnnJobOptions options;
  options.common = slides.options();
  options.knn.neighbours = 5;
  return options;
}

AnalysisReport run(const KnnJobOptions& options, Listener& listener) {
  return run_knn_job(options, listener, never_stop());
}

AnalysisReport run(const KnnJobOptions& options) {
  Listener listener;
  return run(options, listener);
}

std::string refusal(const KnnJobOptions& options) {
  const auto error = error_of([&] { run(options); });
  return error ? error->what() : "";
}

PredictionTable predictions_in(const std::filesystem::path& folder) {
  return read_predictions(folder / "predictions.csv");
}

std::vector<std::string> messages_in(const std::filesystem::path& folder) {
  return summary_in(folder)["messages"].get<std::vector<std::string>>();
}

bool any_contains(const std::vector<std::string>& sentences, const std::string& part) {
  return std::any_of(sentences.begin(), sentences.end(),
                     [&part](const std::string& sentence) { return contains(sentence, part); });
}

}  // namespace histo::test
