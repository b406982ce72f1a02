#include "histo/embed_job.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/file_writer.hpp"
#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "jobs/embed_prototypes.hpp"
#include "jobs/embed_slides.hpp"
#include "jobs/embedder.hpp"
#include "jobs/report.hpp"
#include "jobs/result_folder.hpp"
#include "jobs/stored_rows.hpp"
#include "store/embedding_file.hpp"

namespace histo {

namespace {

/// A row of the result: a slide, or the slides of a group.
struct Unit {
  std::string name;
  std::vector<std::size_t> slides;
};

std::vector<Unit> units_of(const EmbedSlides& slides, EmbedUnit kind) {
  std::vector<Unit> units;
  if (kind == EmbedUnit::slide) {
    for (std::size_t i = 0; i < slides.names.size(); ++i) units.push_back({slides.names[i], {i}});
    return units;
  }
  for (const std::string& group : slides.groups) units.push_back({group, {}});
  for (std::size_t i = 0; i < slides.names.size(); ++i) {
    if (slides.group[i] >= 0) units[static_cast<std::size_t>(slides.group[i])].slides.push_back(i);
  }
  const auto is_empty = [](const Unit& unit) { return unit.slides.empty(); };
  units.erase(std::remove_if(units.begin(), units.end(), is_empty), units.end());
  return units;
}

/// embeddings.csv: `name` and the numbers.
class VectorTable {
 public:
  VectorTable(const std::filesystem::path& file, std::size_t dim) : file_(file) {
    std::vector<std::string> header{"name"};
    for (std::size_t i = 0; i < dim; ++i) header.push_back("e" + std::to_string(i));
    file_.write(csv_line(header));
  }

  void append(const std::string& name, const std::vector<double>& vector) {
    std::vector<std::string> line{name};
    for (const double value : vector) line.push_back(number(value));
    file_.write(csv_line(line));
  }

  void commit() { file_.commit(); }

 private:
  FileWriter file_;
};

/// One run of the job.
class EmbedRun {
 public:
  EmbedRun(const EmbedJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options),
        observer_(observer),
        stop_(stop),
        folder_(options.output, options.overwrite),
        slides_(find_embed_slides(options)),
        rows_(slides_.folders) {}

  AnalysisReport run() {
    tell(slides_, observer_);
    if (!options_.labels.split.empty() && options_.labels.group.empty()) {
      messages_.push_back("each slide is taken for a patient of its own; --group says otherwise");
      observer_.note(messages_.back());
    }
    if (!make_model()) return interrupted();
    units_ = units_of(slides_, options_.unit);
    if (units_.empty()) {
      throw Error(ErrorKind::input, options_.labels.table.string() +
                                        ": none of its slides is among the inputs; its column "
                                        "'slide' must hold the names of the slides' folders");
    }
    if (!write_vectors()) return interrupted();
    folder_.write("rows.csv", row_table());
    folder_.write("missing.csv", missing_slides(slides_));
    find();
    commit();
    report_.seconds = watch_.seconds();
    return std::move(report_);
  }

 private:
  AnalysisReport interrupted() {
    report_.interrupted = true;
    report_.seconds = watch_.seconds();
    return std::move(report_);
  }

  bool make_model() {
    if (!options_.apply.empty()) {
      folder_.spare(options_.apply);
      model_ = read_embedding_model(options_.apply);
      check_same_source(model_.source, options_.apply, source_of(rows_));
      return true;
    }
    model_.method = options_.method;
    model_.panther = options_.panther;
    model_.source = source_of(rows_);
    if (!has_prototypes(model_.method)) return true;
    auto prototypes = find_prototypes(options_, slides_, rows_, observer_, stop_);
    if (!prototypes) return false;
    model_.prototypes = std::move(*prototypes);
    warn_of_prototypes();
    write_fitted(folder_.file("model.h5"), fitted_of(model_));
    return true;
  }

  void warn_of_prototypes() {
    const SlidePrototypes& prototypes = model_.prototypes;
    const auto& sizes = prototypes.sizes;
    const auto empty = static_cast<std::size_t>(std::count(sizes.begin(), sizes.end(), 0));
    if (empty > 0) {
      warn(count_of(empty, "prototype") + " of " + std::to_string(sizes.size()) +
           " without a tile: the tiles differ less than that");
    }
    if (!prototypes.converged) {
      messages_.push_back("k-means had not settled after " + std::to_string(prototypes.iterations) +
                          " iterations");
    }
  }

  void warn(const std::string& sentence) {
    messages_.push_back(sentence);
    observer_.warn(sentence);
  }

  /// The features of some slides, one after the other.
  FloatMatrixView features_of(const std::vector<std::size_t>& slides) {
    std::size_t count = 0;
    for (const std::size_t slide : slides) count += rows_.start(slide + 1) - rows_.start(slide);
    features_.resize(count * rows_.dim());
    float* out = features_.data();
    for (const std::size_t slide : slides) {
      const std::size_t part = rows_.start(slide + 1) - rows_.start(slide);
      rows_.read(rows_.start(slide), part, out);
      out += part * rows_.dim();
    }
    return {features_.data(), count, rows_.dim()};
  }

  std::vector<double> vector_of(const std::vector<std::size_t>& slides) {
    try {
      return embed(model_, features_of(slides), options_.threads);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      throw Error(ErrorKind::input, slides_.folders[slides.front()].string() + ": " + error.what());
    }
  }

  std::vector<double> vector_of(const Unit& unit) {
    if (unit.slides.size() == 1 || options_.fusion == Fusion::early) return vector_of(unit.slides);
    DoubleMatrix vectors(unit.slides.size(), model_.dim());
    for (std::size_t i = 0; i < unit.slides.size(); ++i) {
      const std::vector<double> one = vector_of(std::vector<std::size_t>{unit.slides[i]});
      std::copy(one.begin(), one.end(), vectors.row(i));
    }
    return mean_of_embeddings(vectors.view());
  }

  bool write_vectors() {
    const std::size_t dim = model_.dim();
    EmbeddingWriter writer(folder_.file("embeddings.h5"), units_.size(), dim, attributes());
    std::optional<VectorTable> table;
    if (options_.csv) table.emplace(folder_.file("embeddings.csv"), dim);
    std::size_t done = 0;
    for (const Unit& unit : units_) {
      if (stop_.load()) return false;
      const std::vector<double> vector = vector_of(unit);
      writer.append(unit.name, vector);
      if (table) table->append(unit.name, vector);
      observer_.progress(++done, units_.size(), unit_name() + "s");
    }
    if (table) table->commit();
    writer.commit();
    return true;
  }

  std::string unit_name() const { return options_.unit == EmbedUnit::group ? "group" : "slide"; }
  std::string fusion_name() const { return options_.fusion == Fusion::early ? "early" : "late"; }

  std::map<std::string, std::string> attributes() const {
    std::map<std::string, std::string> texts{{"method", method_name(model_.method)},
                                             {"unit", unit_name()},
                                             {"encoder", model_.source.encoder},
                                             {"model_sha256", model_.source.model_sha256},
                                             {"pooling", model_.source.pooling}};
    if (options_.unit == EmbedUnit::group) texts["fusion"] = fusion_name();
    return texts;
  }

  std::size_t tiles_of(const Unit& unit) const {
    std::size_t tiles = 0;
    for (const std::size_t slide : unit.slides)
      tiles += rows_.start(slide + 1) - rows_.start(slide);
    return tiles;
  }

  std::string row_table() const {
    std::string text = csv_line({"name", "slides", "tiles"});
    for (const Unit& unit : units_) {
      text +=
          csv_line({unit.name, std::to_string(unit.slides.size()), std::to_string(tiles_of(unit))});
    }
    return text;
  }

  void find() {
    report_.findings.push_back(count_of(units_.size(), unit_name()) + " with " +
                               count_of(model_.dim(), "number") + " each (" +
                               method_name(model_.method) + ")");
    const std::size_t left_out = missing();
    if (left_out > 0) {
      messages_.push_back(count_of(left_out, "slide") +
                          " of the inputs without a vector; missing.csv names them");
    }
  }

  std::size_t missing() const {
    std::size_t with = 0;
    for (const Unit& unit : units_) with += unit.slides.size();
    return slides_.names.size() - with + slides_.without_features.size() +
           slides_.without_tiles.size();
  }

  Json prototypes_json() const {
    const SlidePrototypes& prototypes = model_.prototypes;
    Json json;
    json["count"] = prototypes.centres.rows;
    json["origin"] = prototypes.origin;
    const std::filesystem::path file =
        options_.apply.empty() ? options_.prototypes.file : options_.apply;
    if (!file.empty()) {
      json["sha256"] = sha256_file(file);
    } else {
      json["seed"] = options_.seed;
      json["slides"] = prototypes.slides.size();
      json["inertia"] = prototypes.inertia;
      json["iterations"] = prototypes.iterations;
      json["converged"] = prototypes.converged;
    }
    json["sizes"] = prototypes.sizes;
    return json;
  }

  void commit() {
    Json results;
    results["method"] = method_name(model_.method);
    results["unit"] = unit_name();
    if (options_.unit == EmbedUnit::group) results["fusion"] = fusion_name();
    results["rows"] = units_.size();
    results["numbers"] = model_.dim();
    std::size_t slides = 0;
    std::size_t tiles = 0;
    for (const Unit& unit : units_) {
      slides += unit.slides.size();
      tiles += tiles_of(unit);
    }
    results["slides"] = slides;
    results["tiles"] = tiles;
    results["slides_without_vector"] = missing();
    results["encoder"] = {{"name", model_.source.encoder},
                          {"model_sha256", model_.source.model_sha256},
                          {"pooling", model_.source.pooling},
                          {"features", model_.source.dim}};
    if (has_prototypes(model_.method)) results["prototypes"] = prototypes_json();
    if (model_.method == EmbedMethod::panther) {
      results["prior_variance"] = model_.panther.prior_variance;
      results["prior_tiles"] = model_.panther.prior_tiles;
      results["steps"] = model_.panther.steps;
    }
    results["messages"] = messages_;
    folder_.commit("embed", options_.info, std::move(results));
  }

  const EmbedJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  Stopwatch watch_;
  AnalysisReport report_;
  ResultFolder folder_;
  EmbedSlides slides_;
  StoredRows rows_;
  EmbeddingModel model_;
  std::vector<Unit> units_;
  std::vector<float> features_;
  std::vector<std::string> messages_;
};

void check_at_least(std::size_t value, std::size_t least, const std::string& option) {
  if (value >= least) return;
  throw Error(ErrorKind::usage, option + " must be at least " + std::to_string(least) + ", got " +
                                    std::to_string(value));
}

void check_positive(double value, const std::string& option) {
  if (value > 0.0 && value < std::numeric_limits<double>::infinity()) return;
  throw Error(ErrorKind::usage, option + " must be above 0, got " + number(value));
}

void validate_labels(const EmbedJobOptions& options) {
  const LabelOptions& labels = options.labels;
  if (options.unit == EmbedUnit::group && labels.group.empty()) {
    throw Error(ErrorKind::usage,
                "--by group needs --labels and --group, which say whose a slide is");
  }
  if (labels.table.empty() && !(labels.group.empty() && labels.split.empty())) {
    throw Error(ErrorKind::usage, "--group and --split name columns of --labels");
  }
  const bool draws =
      options.apply.empty() && has_prototypes(options.method) && options.prototypes.file.empty();
  if (!labels.split.empty() && !draws) {
    throw Error(ErrorKind::usage,
                "--split says which slides give prototypes, and none are drawn here");
  }
}

}  // namespace

void validate(const EmbedJobOptions& options) {
  if (options.inputs.empty()) throw Error(ErrorKind::usage, "--input must name a folder");
  if (options.output.empty()) throw Error(ErrorKind::usage, "--output must name a folder");
  check_at_least(options.threads, 1, "--threads");
  check_at_least(options.prototypes.count.value_or(2), 2, "--num-prototypes");
  check_at_least(options.prototypes.tiles, 1, "--prototype-tiles");
  check_at_least(options.prototypes.iterations, 1, "--max-iter");
  check_at_least(options.prototypes.starts, 1, "--n-init");
  check_positive(options.panther.prior_variance, "--eps");
  check_positive(options.panther.prior_tiles, "--tau");
  check_at_least(options.panther.steps, 1, "--steps");
  validate_labels(options);
}

AnalysisReport run_embed_job(const EmbedJobOptions& options, Observer& observer,
                             const std::atomic<bool>& stop) {
  validate(options);
  return EmbedRun(options, observer, stop).run();
}

}  // namespace histo
