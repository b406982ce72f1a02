#include "histo/evaluate_job.hpp"

#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "histo/bootstrap.hpp"
#include "histo/error.hpp"
#include "histo/paired_scores.hpp"

#include "core/csv.hpp"
#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "jobs/prediction_labels.hpp"
#include "jobs/prediction_rows.hpp"
#include "jobs/result_folder.hpp"
#include "jobs/roc_figures.hpp"
#include "jobs/score_summary.hpp"

namespace histo {

namespace {

BootstrapOptions bootstrap_of(const EvaluateJobOptions& options) {
  BootstrapOptions bootstrap;
  bootstrap.repeats = options.repeats;
  bootstrap.level = options.confidence;
  bootstrap.seed = options.seed;
  bootstrap.threads = options.threads;
  return bootstrap;
}

std::string name_of(EvaluationLevel level) {
  if (level == EvaluationLevel::tile) return "tile";
  return level == EvaluationLevel::slide ? "slide" : "group";
}

/// What is scored, and what was left out on the way.
struct Evaluated {
  std::vector<std::string> files;
  std::vector<Predictions> predictions;  ///< of each file, of the same rows
  std::vector<std::string> classes;
  std::vector<std::int32_t> groups;  ///< of the rows
  bool slides_are_groups = false;
  std::string unit;  ///< "tile"

  std::string missing;       ///< missing.csv
  std::size_t lone = 0;      ///< rows that not all files have
  std::size_t unknown = 0;   ///< rows without a truth
  std::size_t not_test = 0;  ///< rows that the split gives to another part
  std::vector<std::string> messages;
};

void keep(Evaluated& evaluated, Observer& observer, const std::string& sentence) {
  evaluated.messages.push_back(sentence);
  observer.warn(sentence);
}

PredictionTable at_level(const NamedPredictions& one, EvaluationLevel level) {
  if (level == EvaluationLevel::tile) return one.table;
  if (level == EvaluationLevel::slide) return by_slide(one.table);
  if (one.table.group.empty()) {
    throw Error(ErrorKind::input, one.file +
                                      ": has no column group, which --level group pools by; "
                                      "--labels with --group has one");
  }
  return by_group(one.table);
}

/// Three decimals of a dozen classes sum to 0.999 or so: such rows are scaled, which is said.
/// Throws Error(input) naming the file and the row where the sum is further from 1.
void scale_rounded(NamedPredictions& one, Observer& observer) {
  constexpr double exact = 1e-6;
  constexpr double rounded = 0.01;
  DoubleMatrix& values = one.table.probabilities;
  std::size_t scaled = 0;
  for (std::size_t row = 0; row < values.rows; ++row) {
    double* const first = values.row(row);
    const double sum = std::accumulate(first, first + values.columns, 0.0);
    if (std::abs(sum - 1.0) <= exact) continue;
    if (!(std::abs(sum - 1.0) <= rounded)) {
      throw Error(ErrorKind::input, one.file + ": the probabilities of prediction " +
                                        std::to_string(row + 1) + " sum to " + number(sum) +
                                        ", not to 1");
    }
    ++scaled;
    for (std::size_t c = 0; c < values.columns; ++c) first[c] /= sum;
  }
  if (scaled == 0) return;
  observer.warn(one.file + ": " + count_of(scaled, "row") +
                " of probabilities that sum to 1 but for rounding were scaled");
}

/// Reads a file and brings it to the level. The truth of its rows is put in before that.
NamedPredictions read_at_level(const std::string& file, const EvaluateJobOptions& options,
                               Evaluated& evaluated, Observer& observer) {
  NamedPredictions one{file, read_predictions(file)};
  if (one.table.rows() == 0) throw Error(ErrorKind::input, file + ": holds no predictions");
  scale_rounded(one, observer);
  if (!options.labels.table.empty()) {
    const std::vector<std::string> before = one.table.classes;
    const LabelledPredictions found = label_predictions(one, options.labels);
    const bool is_first = file == evaluated.files.front();
    if (is_first) {
      tell(found.unmatched, observer);
      evaluated.missing = missing_table(found.unmatched);
      evaluated.unknown += found.unknown;
      evaluated.not_test += found.not_test;
    }
    for (std::size_t c = before.size(); c < one.table.classes.size(); ++c) {
      keep(evaluated, observer,
           file + ": the class " + one.table.classes[c] + " of the labels was never predicted");
    }
    if (found.corrected > 0) {
      keep(evaluated, observer,
           file + ": " + count_of(found.corrected, "row") +
               " with another truth than the labels', whose truth holds");
    }
  }
  check_whole(one);
  one.table = at_level(one, options.level);
  return one;
}

/// Rows with a truth, of all files.
void drop_unknown(std::vector<NamedPredictions>& all, Evaluated& evaluated, Observer& observer) {
  const std::size_t before = all.front().table.rows();
  for (NamedPredictions& one : all) one.table = known_rows(one.table);
  const std::size_t known = all.front().table.rows();
  if (known == 0) {
    throw Error(ErrorKind::input,
                "no row has a truth to be compared with; --labels takes one from a table");
  }
  evaluated.unknown += before - known;
  if (evaluated.unknown > 0) {
    observer.note(count_of(evaluated.unknown, evaluated.unit) + " without a truth, left out");
  }
}

void tell_lone(const std::vector<LoneRow>& lone, Evaluated& evaluated, Observer& observer) {
  if (evaluated.missing.empty()) evaluated.missing = missing_table({});
  for (const LoneRow& row : lone) {
    evaluated.missing += csv_line({evaluated.unit + " not in " + row.lacking, row.key});
  }
  evaluated.lone = lone.size();
  if (lone.empty()) return;
  keep(evaluated, observer,
       count_of(lone.size(), evaluated.unit) + " that not all files have, left out, such as " +
           lone.front().key + ", which " + lone.front().lacking + " lacks (all in missing.csv)");
}

Evaluated read_all(const EvaluateJobOptions& options, Observer& observer) {
  Evaluated evaluated;
  evaluated.unit = name_of(options.level);
  for (const auto& file : options.predictions) evaluated.files.push_back(file.string());
  std::vector<NamedPredictions> all;
  for (const std::string& file : evaluated.files) {
    all.push_back(read_at_level(file, options, evaluated, observer));
  }
  if (options.level == EvaluationLevel::tile && all.front().table.rects.empty()) {
    evaluated.unit = "slide";
  }
  tell_lone(match_rows(all), evaluated, observer);
  share_knowledge(all, options.labels.classes);
  drop_unknown(all, evaluated, observer);
  const PredictionTable& first = all.front().table;
  evaluated.classes = first.classes;
  evaluated.groups = groups_of(first);
  evaluated.slides_are_groups = first.group.empty();
  if (evaluated.slides_are_groups) {
    observer.warn("no groups: each slide is taken for a patient of its own");
  }
  for (const NamedPredictions& one : all)
    evaluated.predictions.push_back(predictions_of(one.table));
  return evaluated;
}

/// Empty where there is no number.
void add_figures(const std::string& file, const std::string& against, const ScoreIntervals& scores,
                 std::string& table) {
  for (const auto& [name, interval] : named_figures(scores)) {
    table += csv_line({file, against, name, csv_number(interval.value), csv_number(interval.low),
                       csv_number(interval.high), csv_number(interval.standard_error)});
  }
}

std::string scores_table(const std::vector<std::string>& files, const PairedScores& paired) {
  std::string table =
      csv_line({"file", "against", "figure", "value", "low", "high", "standard_error"});
  for (std::size_t i = 0; i < files.size(); ++i) add_figures(files[i], "", paired.scores[i], table);
  for (std::size_t i = 1; i < files.size(); ++i) {
    add_figures(files[i], files.front(), paired.differences[i - 1], table);
  }
  return table;
}

/// The tables of all files below each other, with a first column that names the file.
std::string tables_by_file(const Evaluated& evaluated,
                           std::string (*table_of)(const Predictions&,
                                                   const std::vector<std::string>&)) {
  std::string result;
  for (std::size_t i = 0; i < evaluated.files.size(); ++i) {
    const CsvTable table =
        parse_csv(table_of(evaluated.predictions[i], evaluated.classes), evaluated.files[i]);
    const auto with_file = [](const std::string& file, std::vector<std::string> cells) {
      cells.insert(cells.begin(), file);
      return csv_line(cells);
    };
    if (i == 0) result += with_file("file", table.header);
    for (const auto& row : table.rows) result += with_file(evaluated.files[i], row);
  }
  return result;
}

Json summary_of(const EvaluateJobOptions& options, const Evaluated& evaluated,
                const PairedScores& paired, const std::vector<std::string>& messages) {
  const BootstrapOptions bootstrap = bootstrap_of(options);
  Json files = Json::array();
  for (std::size_t i = 0; i < evaluated.files.size(); ++i) {
    Json one = {{"file", evaluated.files[i]}, {"sha256", sha256_file(evaluated.files[i])}};
    one.update(
        score_summary(evaluated.predictions[i], evaluated.classes, paired.scores[i], bootstrap));
    files.push_back(std::move(one));
  }
  Json differences = Json::array();
  for (std::size_t i = 1; i < evaluated.files.size(); ++i) {
    Json one = {{"file", evaluated.files[i]}, {"against", evaluated.files.front()}};
    one["figures"] = score_summary(evaluated.predictions[i], evaluated.classes,
                                   paired.differences[i - 1], bootstrap)["figures"];
    differences.push_back(std::move(one));
  }
  return {{"level", name_of(options.level)},
          {"scored", evaluated.unit},
          {"classes", evaluated.classes},
          {"groups_are", evaluated.slides_are_groups ? "slides" : "groups"},
          {"rows_not_in_all_files", evaluated.lone},
          {"rows_without_truth", evaluated.unknown},
          {"rows_of_other_splits", evaluated.not_test},
          {"predictions", files},
          {"differences", differences},
          {"messages", messages}};
}

std::string difference_sentence(const std::string& file, const std::string& against,
                                const ScoreIntervals& scores, double level) {
  return file + " less " + against + ": " + score_sentence(scores, level);
}

std::vector<std::string> findings_of(const Evaluated& evaluated, const PairedScores& paired,
                                     double level) {
  std::vector<std::string> findings;
  const std::size_t rows = evaluated.groups.size();
  const std::size_t groups = paired.scores.front().bootstrap.groups;
  findings.push_back(count_of(rows, evaluated.unit) + " of " +
                     count_of(groups, evaluated.slides_are_groups ? "slide" : "group") + ", " +
                     std::to_string(evaluated.classes.size()) + " classes");
  for (std::size_t i = 0; i < evaluated.files.size(); ++i) {
    findings.push_back(evaluated.files[i] + ": " + score_sentence(paired.scores[i], level));
  }
  for (std::size_t i = 1; i < evaluated.files.size(); ++i) {
    findings.push_back(difference_sentence(evaluated.files[i], evaluated.files.front(),
                                           paired.differences[i - 1], level));
  }
  return findings;
}

/// Those of all files, each once, and a warning for each.
std::vector<std::string> all_messages(const Evaluated& evaluated, const PairedScores& paired,
                                      const RocFigures& roc, Observer& observer) {
  std::vector<std::string> messages = evaluated.messages;
  std::set<std::string> known(messages.begin(), messages.end());
  const auto add = [&](const std::string& message) {
    if (!known.insert(message).second) return;
    messages.push_back(message);
    observer.warn(message);
  };
  for (std::size_t i = 0; i < evaluated.files.size(); ++i) {
    for (const std::string& message : score_messages(paired.scores[i], evaluated.classes)) {
      add(evaluated.files.size() == 1 ? message : evaluated.files[i] + ": " + message);
    }
  }
  for (const std::string& message : roc.messages) add(message);
  return messages;
}

}  // namespace

void validate(const EvaluateJobOptions& options) {
  if (options.predictions.empty()) {
    throw Error(ErrorKind::usage, "--predictions must name at least one file");
  }
  std::set<std::string> files;
  for (const auto& file : options.predictions) {
    if (files.insert(file.lexically_normal().string()).second) continue;
    throw Error(ErrorKind::usage, "--predictions names " + file.string() + " twice");
  }
  if (options.labels.table.empty()) {
    const auto refuse = [](const std::string& name, const std::string& value) {
      if (value.empty()) return;
      throw Error(ErrorKind::usage, name + " names a column of --labels, which is not given");
    };
    refuse("--group", options.labels.group);
    refuse("--split", options.labels.split);
  }
  if (options.output.empty()) throw Error(ErrorKind::usage, "the output folder must be named");
  if (options.repeats == 0) throw Error(ErrorKind::usage, "--bootstrap must be at least 1, got 0");
  if (!(options.confidence > 0.0 && options.confidence < 1.0)) {
    throw Error(ErrorKind::usage,
                "--confidence must lie in (0, 1), got " + number(options.confidence));
  }
  validate(bootstrap_of(options));
}

AnalysisReport run_evaluate_job(const EvaluateJobOptions& options, Observer& observer,
                                const std::atomic<bool>& stop) {
  validate(options);
  const auto start = std::chrono::steady_clock::now();
  const Evaluated evaluated = read_all(options, observer);
  AnalysisReport report;
  report.interrupted = stop;
  if (report.interrupted) return report;
  ResultFolder folder(options.output, options.overwrite);
  const PairedScores paired =
      paired_scores(evaluated.predictions, evaluated.groups, bootstrap_of(options));
  const RocFigures roc = roc_figures(evaluated.files, evaluated.predictions, evaluated.classes);
  report.interrupted = stop;
  if (report.interrupted) return report;

  folder.write("scores.csv", scores_table(evaluated.files, paired));
  folder.write("confusion.csv", tables_by_file(evaluated, confusion_table));
  folder.write("classes.csv", tables_by_file(evaluated, class_table));
  folder.write("missing.csv", evaluated.missing);
  folder.write("roc.csv", roc.table);
  if (!roc.picture.empty()) folder.write("roc.png", roc.picture);
  const std::vector<std::string> messages = all_messages(evaluated, paired, roc, observer);
  folder.commit("evaluate", options.info, summary_of(options, evaluated, paired, messages));
  report.findings = findings_of(evaluated, paired, options.confidence);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace histo
