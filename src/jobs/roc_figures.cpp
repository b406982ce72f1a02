#include "jobs/roc_figures.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>

#include "histo/charts.hpp"

#include "core/csv.hpp"
#include "core/text.hpp"
#include "jobs/score_summary.hpp"

namespace histo {

namespace {

// What a chart has room for beside each other; its letters are ASCII.
constexpr std::size_t letters_of_two = 13;
constexpr std::size_t files_with_area = 4;
constexpr std::size_t most_charts = 30;

std::string ascii(const std::string& text, std::size_t limit) {
  std::string result;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (code >= 0x80 && code < 0xC0) continue;  // goes on with a letter of several bytes
    result += code >= 0x20 && code < 0x7F ? letter : '?';
  }
  return result.size() > limit ? result.substr(0, limit - 2) + ".." : result;
}

/// What curves are called, and above all charts what that means.
struct CurveNames {
  std::vector<std::string> names;
  std::string title;
};

/// The end of a long text.
std::string last_of(const std::string& text, std::size_t limit) {
  return text.size() > limit ? ".." + text.substr(text.size() - limit + 2) : text;
}

/// The folder of a file that is called predictions.csv, else the file; numbers with these in the
/// title where there is no room for them.
CurveNames curve_names(const std::vector<std::string>& files) {
  CurveNames result;
  for (const std::string& file : files) {
    const std::filesystem::path path = file;
    const std::string folder = path.parent_path().filename().string();
    const bool by_folder = path.filename() == "predictions.csv" && !folder.empty();
    result.names.push_back(ascii(by_folder ? folder : path.stem().string(), 24));
  }
  const std::vector<std::string>& names = result.names;
  const bool differ = std::set<std::string>(names.begin(), names.end()).size() == names.size();
  const bool have_room = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return name.size() <= letters_of_two;
  });
  if (names.size() == 1 || (names.size() == 2 && differ && have_room)) return result;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string place = std::to_string(i + 1);
    result.title += (i == 0 ? "" : ",  ") + place + " " +
                    (differ ? result.names[i] : last_of(ascii(files[i], files[i].size() + 2), 44));
    result.names[i] = place;
  }
  return result;
}

std::vector<RocPoint> without_straight(const std::vector<RocPoint>& curve) {
  std::vector<RocPoint> result;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const bool is_end = i == 0 || i + 1 == curve.size();
    const auto same = [&](double RocPoint::*rate) {
      return curve[i - 1].*rate == curve[i].*rate && curve[i].*rate == curve[i + 1].*rate;
    };
    if (!is_end && (same(&RocPoint::false_positive_rate) || same(&RocPoint::true_positive_rate))) {
      continue;
    }
    result.push_back(curve[i]);
  }
  return result;
}

bool has_probabilities(const Predictions& one) { return one.probabilities.columns > 0; }

/// Classes with and without which there are rows; of two classes the second one.
std::vector<std::size_t> classes_with_curves(const Predictions& one,
                                             const std::vector<std::string>& classes,
                                             std::vector<std::string>& messages) {
  std::vector<std::size_t> with;
  for (std::size_t c = classes.size() == 2 ? 1 : 0; c < classes.size(); ++c) {
    const auto count = std::count(one.truth.begin(), one.truth.end(), static_cast<std::int32_t>(c));
    const auto all = static_cast<std::ptrdiff_t>(one.truth.size());
    if (count > 0 && count < all) {
      with.push_back(c);
    } else {
      messages.push_back(std::string(count == 0 ? "no row has" : "all rows have") + " the class " +
                         classes[c] + ", so that it has no ROC curve");
    }
  }
  return with;
}

void add_lines(const std::string& file, const std::string& name, const std::vector<RocPoint>& curve,
               std::string& table) {
  for (const RocPoint& point : curve) {
    table += csv_line({file, name, std::isinf(point.threshold) ? "" : number(point.threshold),
                       number(point.false_positive_rate), number(point.true_positive_rate)});
  }
}

ChartSeries series_of(const std::string& name, const std::vector<RocPoint>& curve) {
  ChartSeries series;
  series.name = name;
  for (const RocPoint& point : curve) {
    series.x.push_back(point.false_positive_rate);
    series.y.push_back(point.true_positive_rate);
  }
  return series;
}

}  // namespace

RocFigures roc_figures(const std::vector<std::string>& files,
                       const std::vector<Predictions>& predictions,
                       const std::vector<std::string>& classes) {
  RocFigures result;
  result.table =
      csv_line({"file", "class", "threshold", "false_positive_rate", "true_positive_rate"});
  const CurveNames curves = curve_names(files);
  const std::vector<std::size_t> with_curves =
      classes_with_curves(predictions.front(), classes, result.messages);
  std::vector<std::vector<ClassScores>> areas;
  for (const Predictions& one : predictions) areas.push_back(class_scores(one));
  std::vector<Chart> charts;
  for (const std::size_t c : with_curves) {
    Chart chart;
    chart.title = ascii(classes[c], 40);
    chart.remark = classes.size() == 2 ? "against " + ascii(classes[0], 30) : "against all others";
    chart.x_label = "1 - specificity";
    chart.y_label = "sensitivity";
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!has_probabilities(predictions[i])) continue;
      const std::vector<RocPoint> curve = without_straight(roc_curve(predictions[i], c));
      add_lines(files[i], classes[c], curve, result.table);
      const std::string area = three_decimals(areas[i][c].auroc);
      const bool has_room = files.size() <= files_with_area;
      chart.series.push_back(series_of(curves.names[i] + (has_room ? " " + area : ""), curve));
      if (files.size() == 1) chart.remark += ", AUROC " + area;
    }
    if (!chart.series.empty() && charts.size() < most_charts) charts.push_back(std::move(chart));
  }
  if (with_curves.size() > most_charts && !charts.empty()) {
    result.messages.push_back("roc.png shows " + std::to_string(most_charts) + " of " +
                              std::to_string(with_curves.size()) + " classes");
  }
  if (!charts.empty()) result.picture = chart_picture(curves.title, charts);
  return result;
}

}  // namespace histo
