#include "jobs/classify_apply.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "histo/error.hpp"
#include "histo/feature_store.hpp"

#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "jobs/classify_results.hpp"
#include "jobs/classify_trials.hpp"
#include "jobs/cluster_slides.hpp"
#include "jobs/feature_blocks.hpp"
#include "jobs/prediction_rows.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

[[noreturn]] void refuse_known(const std::string& what, const Fitted& fitted) {
  throw Error(ErrorKind::input, what + " is one that " + fitted.source +
                                    " was fitted on, which makes results better than they are; "
                                    "leave it out of --labels, or --labels out");
}

void check_unknown(const Fitted& fitted, const AppliedSlides& slides) {
  const std::vector<std::string>& known = fitted.list("slides");
  const std::vector<std::string>& groups = fitted.list("groups");
  const std::set<std::string> known_slides(known.begin(), known.end());
  const std::set<std::string> known_groups(groups.begin(), groups.end());
  for (std::size_t i = 0; i < slides.names.size(); ++i) {
    for (const LabelTable::Entry& entry : slides.entries[i]) {
      if (entry.label < 0) continue;
      if (known_slides.count(slides.names[i]) > 0) {
        refuse_known("the slide " + slides.names[i], fitted);
      }
      const std::string& group = slides.groups[static_cast<std::size_t>(entry.group)];
      if (known_groups.count(group) > 0) refuse_known("the group (patient) " + group, fitted);
    }
  }
}

void look_up_labels(const ClassifyOptions& options, const std::vector<std::string>& classes,
                    AppliedSlides& slides) {
  LabelOptions asked = options.labels;
  asked.classes = classes;
  LabelTable table(asked, GroupsOf::tiles);
  for (std::size_t i = 0; i < slides.folders.size(); ++i) {
    std::vector<LabelTable::Entry> entries;
    for (const Rect& rect : FeatureReader(features_file(slides.folders[i])).read_rects()) {
      const LabelTable::Entry* const entry = table.find(slides.names[i], rect);
      entries.push_back(entry == nullptr ? LabelTable::Entry() : *entry);
    }
    slides.entries.push_back(std::move(entries));
  }
  slides.groups = table.groups();
  slides.unmatched = table.unmatched(slides.names);
}

/// Rows as they come, slide after slide, on their way to the files.
class Stream {
 public:
  Stream(const AppliedSlides& slides, const std::vector<std::string>& classes,
         std::size_t voting_tiles, const std::filesystem::path& file)
      : slides_(slides), voting_tiles_(voting_tiles), writer_(file) {
    empty_.classes = classes;
    empty_.slides = slides.names;
    empty_.groups = slides.groups;
    current_ = judged.tiles = judged.slides = judged.votes = empty_;
    for (std::size_t c = 0; c < classes.size(); ++c) {
      learnt_.push_back(static_cast<std::int32_t>(c));
    }
  }

  /// The tiles of a slide from its `first` on, whose answers stand from `at` on.
  void append(std::size_t slide, std::size_t first, const std::vector<Rect>& rects,
              const Answers& answers, std::size_t at) {
    PredictionTable rows = empty_;
    rows.rects = rects;
    rows.slide.assign(rects.size(), static_cast<std::uint32_t>(slide));
    rows.probabilities = DoubleMatrix(rects.size(), empty_.classes.size());
    for (std::size_t i = 0; i < rects.size(); ++i) {
      rows.predicted.push_back(answers.labels[at + i]);
      const double* const from = answers.probabilities.row(at + i);
      std::copy(from, from + empty_.classes.size(), rows.probabilities.row(i));
      if (slides_.entries.empty()) continue;
      const LabelTable::Entry& entry = slides_.entries[slide][first + i];
      rows.group.push_back(entry.group);
      rows.truth.push_back(entry.label);
    }
    append_rows(current_, rows);
    if (voting_tiles_ == 0) return;
    const double* const from = answers.distances.row(at);
    distances_.values.insert(distances_.values.end(), from, from + rects.size() * learnt_.size());
  }

  /// No more of this slide.
  void finish_slide() {
    if (current_.rows() == 0) return;
    writer_.append(current_);
    append_rows(judged.slides, slide_rows(current_, judged.mixed));
    if (voting_tiles_ > 0) {
      distances_.columns = learnt_.size();
      distances_.rows = current_.rows();
      append_rows(judged.votes, vote_row(current_, distances_, learnt_, voting_tiles_));
    }
    if (!slides_.entries.empty()) append_rows(judged.tiles, known_rows(current_));
    tiles += current_.rows();
    current_ = empty_;
    distances_ = {};
  }

  void commit() { writer_.commit(); }

  Judged judged;
  std::size_t tiles = 0;

 private:
  const AppliedSlides& slides_;
  std::size_t voting_tiles_;
  PredictionWriter writer_;
  PredictionTable empty_;
  PredictionTable current_;
  DoubleMatrix distances_;
  std::vector<std::int32_t> learnt_;
};

/// Blocks reach over slides, since slides of few tiles would each cost a pass over all references.
class Blocks {
 public:
  Blocks(const AppliedSlides& slides, const Classifier& classifier)
      : slides_(slides), rows_(slides.folders), classifier_(classifier) {}

  std::size_t rows() const { return rows_.rows(); }
  std::size_t rows_at_once() const { return rows_of_block(rows_.dim()); }

  /// Rows [first, first + count).
  void answer(std::size_t first, std::size_t count, Stream& stream) {
    const std::size_t dim = rows_.dim();
    std::vector<float> features(count * dim);
    rows_.read(first, count, features.data());
    const std::vector<Part> parts = parts_of(first, count);
    for (const Part& part : parts) {
      check_features({features.data() + (part.row - first) * dim, part.rects.size(), dim},
                     part.rects, slides_.names[part.slide], classifier_.takes_zero_rows());
    }
    const Answers answers = classifier_.answer({features.data(), count, dim});
    for (const Part& part : parts) {
      const std::size_t start = rows_.start(part.slide);
      stream.append(part.slide, part.row - start, part.rects, answers, part.row - first);
      if (part.row + part.rects.size() == rows_.start(part.slide + 1)) stream.finish_slide();
    }
  }

 private:
  /// Rows of one slide within a block.
  struct Part {
    std::size_t slide = 0;
    std::size_t row = 0;
    std::vector<Rect> rects;
  };

  std::vector<Part> parts_of(std::size_t first, std::size_t count) {
    std::vector<Part> parts;
    for (std::size_t row = first; row < first + count;) {
      const std::size_t slide = rows_.slide_of(row);
      const std::size_t start = rows_.start(slide);
      const std::size_t end = std::min(first + count, rows_.start(slide + 1));
      if (last_ != slide)
        rects_ = FeatureReader(features_file(slides_.folders[slide])).read_rects();
      last_ = slide;
      const auto begin = rects_.begin();
      parts.push_back({slide,
                       row,
                       {begin + static_cast<std::ptrdiff_t>(row - start),
                        begin + static_cast<std::ptrdiff_t>(end - start)}});
      row = end;
    }
    return parts;
  }

  const AppliedSlides& slides_;
  StoredRows rows_;
  const Classifier& classifier_;
  std::optional<std::size_t> last_;  ///< the slide whose places are in memory
  std::vector<Rect> rects_;
};

/// The references of kNN may be most of what fits into memory.
Fitted without_features(const Fitted& stored) {
  Fitted fitted;
  fitted.kind = stored.kind;
  fitted.texts = stored.texts;
  fitted.lists = stored.lists;
  fitted.numbers = stored.numbers;
  fitted.source = stored.source;
  return fitted;
}

void note_labels(const Fitted& fitted, const ClassifyOptions& options, const Unmatched& unmatched,
                 Json& results, Observer& observer) {
  tell(unmatched, observer);
  const bool had_groups = !fitted.text("group_column").empty();
  if (!had_groups && !options.labels.group.empty()) {
    say("the model was learnt without --group: whether a patient of these slides is one that it "
        "was "
        "fitted on cannot be told, only whether a slide is",
        results, observer);
  }
  if (!had_groups || !options.labels.group.empty()) return;
  say("no --group: whether a patient of these slides is one that the model was fitted on was not "
      "looked at, only whether a slide is",
      results, observer);
}

}  // namespace

Json applied_results(const Fitted& fitted, const ClassifyOptions& options,
                     const AppliedSlides& slides, const std::string& named) {
  return {{"mode", "apply"},
          {"model_file", fitted.source},
          {"model_file_sha256", sha256_file(options.model)},
          {"features", json_of(source_of(fitted))},
          {named, fitted.list(named)},
          {"seed", options.seed},
          {"slides_in", slides.names.size()},
          {"missing", json_of(slides.unmatched)},
          {"messages", Json::array()}};
}

FeatureSource source_of(const Fitted& fitted) {
  return {fitted.text("encoder"), fitted.text("model_sha256"), fitted.text("pooling"),
          static_cast<std::size_t>(fitted.number("dim"))};
}

AppliedSlides applied_slides(const Fitted& fitted, const ClassifyOptions& options,
                             const std::vector<std::string>& classes) {
  AppliedSlides slides;
  slides.folders = folders_by_name(options.inputs);
  for (const std::filesystem::path& folder : slides.folders) {
    slides.names.push_back(folder.filename().string());
    const std::size_t count = slides.names.size();
    if (count < 2 || slides.names[count - 2] != slides.names[count - 1]) continue;
    throw Error(ErrorKind::input, folder.string() + ": has the name of " +
                                      slides.folders[count - 2].string() +
                                      ", so that predictions cannot tell them apart");
  }
  check_same_source(source_of(fitted), fitted.source, source_of(StoredRows(slides.folders)));
  if (options.labels.table.empty()) return slides;
  look_up_labels(options, classes, slides);
  check_unknown(fitted, slides);
  return slides;
}

AnalysisReport apply_classes(const Method& method, const ClassifyOptions& options,
                             Observer& observer, const std::atomic<bool>& stop) {
  const auto start = std::chrono::steady_clock::now();
  Fitted stored = read_fitted(options.model, method.kind());
  const Fitted fitted = without_features(stored);
  const std::vector<std::string>& classes = fitted.list("classes");
  const AppliedSlides slides = applied_slides(fitted, options, classes);
  const auto classifier = method.load(std::move(stored));
  Blocks blocks(slides, *classifier);
  if (blocks.rows() == 0) throw Error(ErrorKind::input, "the inputs have no tile with features");
  ResultFolder folder(options.output, options.overwrite);
  folder.spare(options.model);
  Json results = applied_results(fitted, options, slides, "classes");
  const bool has_labels = !options.labels.table.empty();
  if (has_labels) note_labels(fitted, options, slides.unmatched, results, observer);

  AnalysisReport report;
  Stream stream(slides, classes, method.voting_tiles(), folder.file("predictions.csv"));
  for (std::size_t first = 0; first < blocks.rows() && !stop; first += blocks.rows_at_once()) {
    const std::size_t count = std::min(blocks.rows_at_once(), blocks.rows() - first);
    blocks.answer(first, count, stream);
    observer.progress(first + count, blocks.rows(), "tiles");
  }
  report.interrupted = stop;
  if (report.interrupted) return report;
  stream.commit();
  results["tiles_in"] = stream.tiles;
  report.findings.push_back(count_of(stream.tiles, "tile") + " of " +
                            count_of(stream.judged.slides.rows(), "slide"));
  if (has_labels && stream.judged.tiles.rows() == 0) {
    say(options.labels.table.string() + ": none of its labels is of a tile of the inputs", results,
        observer);
  }
  if (stream.judged.slides.rows() < slides.names.size()) {
    say(count_of(slides.names.size() - stream.judged.slides.rows(), "slide") +
            " of the inputs without any tile, left out",
        results, observer);
  }
  write_judged(stream.judged, options, folder, results, report);
  if (has_labels) folder.write("missing.csv", missing_table(slides.unmatched));
  folder.commit(method.verb(), options.info, std::move(results));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace histo
