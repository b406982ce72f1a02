#include "jobs/foreign_files.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "histo/error.hpp"
#include "histo/tensor_file.hpp"

#include "core/inputs.hpp"
#include "jobs/feature_info.hpp"
#include "store/clam_files.hpp"
#include "store/feature_table.hpp"
#include "store/npy_files.hpp"
#include "store/stamp_file.hpp"
#include "store/trident_files.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

/// LibTorch writes a tensor in one go, so this holds the whole slide.
class TensorWriter : public ForeignWriter {
 public:
  TensorWriter(fs::path file, std::size_t rows, std::size_t dim, fs::path module_folder)
      : file_(std::move(file)), dim_(dim), module_folder_(std::move(module_folder)) {
    values_.reserve(rows * dim);
  }

  void append(const float* features, const std::vector<Rect>& places) override {
    values_.insert(values_.end(), features, features + places.size() * dim_);
    rows_ += places.size();
  }
  void commit() override { write_tensor_file(file_, values_.data(), rows_, dim_, module_folder_); }

 private:
  fs::path file_;
  std::size_t dim_;
  fs::path module_folder_;
  std::size_t rows_ = 0;
  std::vector<float> values_;
};

ForeignFeatures read_tensor(const fs::path& file, const fs::path& module_folder) {
  const auto matrix = std::make_shared<const FloatMatrix>(read_tensor_file(file, module_folder));
  ForeignFeatures features;
  features.rows = matrix->rows;
  features.dim = matrix->columns;
  std::error_code ignored;
  const fs::path places = npy_places_path(file);
  if (fs::exists(places, ignored)) features.places = read_npy_places(places);
  features.read = [matrix, first = std::size_t{0}](std::size_t count, float* out) mutable {
    if (count == 0) return;
    const std::size_t columns = matrix->columns;
    std::memcpy(out, matrix->values.data() + first * columns, count * columns * sizeof(float));
    first += count;
  };
  return features;
}

/// The files of one format, which know their options and their slide.
class Files {
 public:
  Files(const ConvertJobOptions& options, const ExportedSlide& slide)
      : options_(options), slide_(slide) {}

  ForeignFiles trident() const {
    ForeignFiles all;
    const FeatureInfo& info = slide_.info;
    const std::string reason = trident_patches_obstacle(info);
    const fs::path patches = options_.output / trident_patches_path(slide_.name);
    if (reason.empty()) {
      all.files.push_back({patches, [=] { return write_trident_patches(patches, info); }});
    } else {
      all.left_out = "patches/, since " + reason;
    }
    const fs::path file = options_.output / trident_features_path(slide_.name, info.encoder);
    FeatureInfo moved = info;
    moved.savetodir = file.parent_path().string();
    all.files.push_back(
        {file, [=, dim = slide_.dim] { return write_trident_features(file, dim, moved); }});
    return all;
  }

  ForeignFiles clam() const {
    ForeignFiles all;
    const std::string reason = clam_patches_obstacle(slide_.info, slide_.record);
    const fs::path patches = options_.output / clam_patches_path(slide_.name);
    if (reason.empty()) {
      all.files.push_back({patches, [=, info = slide_.info, record = *slide_.record] {
                             return write_clam_patches(patches, info, record);
                           }});
    } else {
      all.left_out = "patches/, since " + reason;
    }
    const fs::path file = options_.output / clam_features_path(slide_.name);
    all.files.push_back({file, [=, dim = slide_.dim] { return write_clam_features(file, dim); }});
    all.files.push_back(tensor(options_.output / clam_tensor_path(slide_.name)));
    return all;
  }

  ForeignFiles stamp() const {
    ForeignFiles all;
    all.obstacle = stamp_obstacle(slide_.info);
    const fs::path file = options_.output / (slide_.name + ".h5");
    all.files.push_back(
        {file, [=, dim = slide_.dim, info = slide_.info] { return write_stamp(file, dim, info); }});
    return all;
  }

  ForeignFiles pt() const {
    const fs::path file = options_.output / (slide_.name + ".pt");
    return {{places(file), tensor(file)}, "", ""};
  }

  ForeignFiles npy() const {
    const fs::path file = options_.output / (slide_.name + ".npy");
    return {{places(file),
             {file, [=, rows = slide_.rows,
                     dim = slide_.dim] { return write_npy_features(file, rows, dim); }}},
            "",
            ""};
  }

  ForeignFiles csv() const {
    const fs::path file = options_.output / (slide_.name + ".csv");
    return {{{file, [=, dim = slide_.dim] { return write_feature_table(file, dim); }}}, "", ""};
  }

 private:
  ForeignFile tensor(const fs::path& file) const {
    return {file, [file, rows = slide_.rows, dim = slide_.dim, module = options_.module_folder] {
              return std::make_unique<TensorWriter>(file, rows, dim, module);
            }};
  }

  ForeignFile places(const fs::path& features) const {
    const fs::path file = npy_places_path(features);
    return {file, [file, rows = slide_.rows] { return write_npy_places(file, rows); }};
  }

  const ConvertJobOptions& options_;
  const ExportedSlide& slide_;
};

}  // namespace

ForeignFiles foreign_files(const ConvertJobOptions& options, const ExportedSlide& slide) {
  const Files files(options, slide);
  switch (options.to.value()) {
    case ForeignFormat::trident:
      return files.trident();
    case ForeignFormat::clam:
      return files.clam();
    case ForeignFormat::stamp:
      return files.stamp();
    case ForeignFormat::pt:
      return files.pt();
    case ForeignFormat::npy:
      return files.npy();
    case ForeignFormat::csv:
      break;
  }
  return files.csv();
}

std::vector<fs::path> find_foreign_files(const ConvertJobOptions& options) {
  std::string extension = "h5";
  if (options.from == ForeignFormat::pt) extension = "pt";
  if (options.from == ForeignFormat::npy) extension = "npy";
  if (options.from == ForeignFormat::csv) extension = "csv";
  std::vector<std::string> inputs = options.inputs;
  if (options.from == ForeignFormat::clam) {
    for (std::string& input : inputs) {
      const fs::path features = fs::path(input) / "h5_files";
      std::error_code ignored;
      if (fs::is_directory(features, ignored)) input = features.string();
    }
  }
  std::vector<fs::path> files = expand_inputs(inputs, {extension});
  files.erase(std::remove_if(files.begin(), files.end(), is_npy_places), files.end());
  if (files.empty()) {
    throw Error(ErrorKind::input, options.inputs.front() + ": holds places, and no features");
  }
  return files;
}

ForeignFeatures open_foreign(const ConvertJobOptions& options, const fs::path& file,
                             const fs::path& slide) {
  switch (options.from.value()) {
    case ForeignFormat::trident:
      return read_trident(file);
    case ForeignFormat::clam:
      return read_clam(file);
    case ForeignFormat::stamp: {
      const std::optional<SlideRecord> record = slide_record(slide);
      return read_stamp(file, options.slide_mpp ? options.slide_mpp
                              : record          ? record->mpp_x
                                                : std::nullopt);
    }
    case ForeignFormat::pt:
      return read_tensor(file, options.module_folder);
    case ForeignFormat::npy:
      return read_npy(file);
    case ForeignFormat::csv:
      break;
  }
  return read_feature_table(file);
}

std::string name_of(ForeignFormat format) {
  switch (format) {
    case ForeignFormat::trident:
      return "TRIDENT";
    case ForeignFormat::clam:
      return "CLAM";
    case ForeignFormat::stamp:
      return "STAMP";
    case ForeignFormat::pt:
      return "PyTorch";
    case ForeignFormat::npy:
      return "NumPy";
    case ForeignFormat::csv:
      break;
  }
  return "CSV";
}

}  // namespace histo
