#include "jobs/score_summary.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iterator>

#include "core/csv.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

/// "no row truly has class 2" with the class by its name.
std::string with_class_name(const std::string& sentence, const std::vector<std::string>& classes) {
  constexpr std::string_view before = "class ";
  const std::size_t place = sentence.rfind(before);
  if (place == std::string::npos) return sentence;
  const char* const end = sentence.data() + sentence.size();
  std::size_t index = 0;
  const auto read = std::from_chars(sentence.data() + place + before.size(), end, index);
  if (read.ec != std::errc() || read.ptr != end || index >= classes.size()) return sentence;
  return sentence.substr(0, place + before.size()) + classes[index];
}

Json figure_of(const Interval& interval) {
  return {{"value", interval.value},
          {"low", interval.low},
          {"high", interval.high},
          {"standard_error", interval.standard_error}};
}

}  // namespace

std::string three_decimals(double value) {
  if (std::isnan(value)) return "-";
  char text[32];
  const int length = std::snprintf(text, sizeof text, "%.3f", value);
  return {text, static_cast<std::size_t>(length)};
}

std::vector<std::pair<std::string, Interval>> named_figures(const ScoreIntervals& scores) {
  return {{"accuracy", scores.accuracy},
          {"balanced_accuracy", scores.balanced_accuracy},
          {"quadratic_kappa", scores.quadratic_kappa},
          {"weighted_f1", scores.weighted_f1},
          {"log_loss", scores.log_loss},
          {"auroc_ovo", scores.auroc_ovo},
          {"auroc_ovr", scores.auroc_ovr}};
}

std::vector<std::string> score_messages(const ScoreIntervals& scores,
                                        const std::vector<std::string>& classes) {
  std::vector<std::string> messages;
  for (const std::string& message : scores.scores.messages) {
    messages.push_back(with_class_name(message, classes));
  }
  if (!scores.bootstrap.message.empty()) {
    messages.push_back("no intervals: " + scores.bootstrap.message);
    if (scores.bootstrap.repeats > 0) messages.back() = scores.bootstrap.message;
  }
  if (scores.bootstrap.redrawn > scores.bootstrap.repeats) {
    messages.push_back(std::to_string(scores.bootstrap.redrawn) +
                       " resamples lacked a class and were drawn again, since a class has few "
                       "groups (patients): the intervals are too narrow");
  }
  return messages;
}

Json score_summary(const Predictions& predictions, const std::vector<std::string>& classes,
                   const ScoreIntervals& scores, const BootstrapOptions& options) {
  std::vector<std::size_t> rows(classes.size());
  for (const std::int32_t label : predictions.truth) ++rows[static_cast<std::size_t>(label)];
  Json of_class = Json::object();
  for (std::size_t c = 0; c < classes.size(); ++c) of_class[classes[c]] = rows[c];
  Json figures = Json::object();
  for (const auto& [name, interval] : named_figures(scores)) figures[name] = figure_of(interval);
  return {{"rows", predictions.truth.size()},
          {"groups", scores.bootstrap.groups},
          {"rows_of_class", of_class},
          {"figures", figures},
          {"bootstrap",
           {{"repeats", scores.bootstrap.repeats},
            {"redrawn", scores.bootstrap.redrawn},
            {"level", options.level},
            {"seed", options.seed}}},
          {"messages", score_messages(scores, classes)}};
}

Json score_summary(const Predictions& predictions, const std::vector<std::string>& classes,
                   const std::vector<std::int32_t>& groups, const BootstrapOptions& options) {
  return score_summary(predictions, classes, score_intervals(predictions, groups, options),
                       options);
}

std::string score_sentence(const ScoreIntervals& scores, double level) {
  const auto figure = [](const std::string& name, const Interval& interval) {
    const std::string text = name + " " + three_decimals(interval.value);
    if (std::isnan(interval.low)) return text;
    return text + " (" + three_decimals(interval.low) + " to " + three_decimals(interval.high) +
           ")";
  };
  std::string sentence = figure("accuracy", scores.accuracy) + ", " +
                         figure("balanced accuracy", scores.balanced_accuracy);
  if (!std::isnan(scores.auroc_ovo.value)) sentence += ", " + figure("AUROC", scores.auroc_ovo);
  if (!std::isnan(scores.accuracy.low)) sentence += "; " + percent(level) + " intervals";
  return sentence;
}

std::string confusion_table(const Predictions& predictions,
                            const std::vector<std::string>& classes) {
  const std::vector<std::uint64_t> counts = confusion_counts(predictions);
  std::vector<std::string> header{"truth"};
  header.insert(header.end(), classes.begin(), classes.end());
  std::string text = csv_line(header);
  for (std::size_t t = 0; t < classes.size(); ++t) {
    std::vector<std::string> line{classes[t]};
    for (std::size_t p = 0; p < classes.size(); ++p) {
      line.push_back(std::to_string(counts[t * classes.size() + p]));
    }
    text += csv_line(line);
  }
  return text;
}

std::string class_table(const Predictions& predictions, const std::vector<std::string>& classes) {
  const std::vector<ClassScores> scores = class_scores(predictions);
  std::string text = csv_line({"class", "rows", "precision", "recall", "f1", "auroc"});
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const ClassScores& one = scores[c];
    text += csv_line({classes[c], std::to_string(one.rows), csv_number(one.precision),
                      csv_number(one.recall), csv_number(one.f1), csv_number(one.auroc)});
  }
  return text;
}

}  // namespace histo
