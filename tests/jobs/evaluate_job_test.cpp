#include "histo/evaluate_job.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/csv.hpp"
#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"
#include "jobs/result_folder.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::never_stop;
using histo::test::TempFolder;

namespace {

/// Six slides of two tiles each, two of them of one patient; "good" has one tile of twelve wrong.
constexpr const char* good =
    "slide,x,y,w,h,group,truth,predicted,p=a,p=b\n"
    "s0,0,0,8,8,P0,a,a,0.9,0.1\ns0,8,0,8,8,P0,a,a,0.8,0.2\n"
    "s1,0,0,8,8,P1,b,b,0.1,0.9\ns1,8,0,8,8,P1,b,b,0.3,0.7\n"
    "s2,0,0,8,8,P2,a,a,0.6,0.4\ns2,8,0,8,8,P2,a,b,0.45,0.55\n"
    "s3,0,0,8,8,P3,b,b,0.2,0.8\ns3,8,0,8,8,P3,b,b,0.25,0.75\n"
    "s4,0,0,8,8,P0,a,a,0.7,0.3\ns4,8,0,8,8,P0,a,a,0.85,0.15\n"
    "s5,0,0,8,8,P4,b,b,0.05,0.95\ns5,8,0,8,8,P4,b,b,0.15,0.85\n";

/// The same tiles in another order, without truth and groups, and with three wrong.
constexpr const char* poor =
    "slide,x,y,w,h,predicted,p=b,p=a\n"
    "s5,8,0,8,8,a,0.4,0.6\ns5,0,0,8,8,b,0.6,0.4\ns4,8,0,8,8,a,0.3,0.7\ns4,0,0,8,8,a,0.2,0.8\n"
    "s3,8,0,8,8,b,0.9,0.1\ns3,0,0,8,8,a,0.1,0.9\ns2,8,0,8,8,a,0.35,0.65\ns2,0,0,8,8,b,0.7,0.3\n"
    "s1,8,0,8,8,b,0.8,0.2\ns1,0,0,8,8,b,0.65,0.35\ns0,8,0,8,8,a,0.15,0.85\ns0,0,0,8,8,a,0.5,0.5\n";

struct Files : TempFolder {
  std::filesystem::path add(const std::string& name, const std::string& text) const {
    std::ofstream(path() / name) << text;
    return path() / name;
  }
  std::filesystem::path output() const { return path() / "out"; }
  std::string read(const std::string& name) const { return read_text(output() / name); }
  Json summary() const { return Json::parse(read("summary.json")); }

  EvaluateJobOptions options(const std::vector<std::filesystem::path>& predictions) const {
    EvaluateJobOptions options;
    options.predictions = predictions;
    options.output = output();
    options.repeats = 100;
    return options;
  }
};

AnalysisReport run(const EvaluateJobOptions& options, Listener& listener) {
  return run_evaluate_job(options, listener, never_stop());
}

std::optional<Error> refusal(const EvaluateJobOptions& options) {
  Listener listener;
  return error_of([&] { run(options, listener); });
}

std::string sentence(const EvaluateJobOptions& options) {
  const auto error = refusal(options);
  return error ? error->what() : "";
}

/// value by "file figure" of scores.csv; differences have "less " before.
std::map<std::string, double> scores_in(const Files& files) {
  const CsvTable table = parse_csv(files.read("scores.csv"), "scores.csv");
  std::map<std::string, double> values;
  for (const auto& row : table.rows) {
    if (row[3].empty()) continue;
    const std::string name = std::filesystem::path(row[0]).stem().string();
    values[(row[1].empty() ? "" : "less ") + name + " " + row[2]] = std::stod(row[3]);
  }
  return values;
}

std::string without(std::string text, const std::string& part) {
  const std::size_t place = text.find(part);
  REQUIRE(place != std::string::npos);
  return text.erase(place, part.size());
}

}  // namespace

TEST_CASE("evaluate: one file's figures stand in scores.csv, classes.csv and confusion.csv") {
  const Files files;
  Listener listener;

  const AnalysisReport report = run(files.options({files.add("good.csv", good)}), listener);

  CHECK(scores_in(files)["good accuracy"] == Approx(11.0 / 12.0));
  CHECK(scores_in(files)["good auroc_ovo"] == Approx(1.0));
  CHECK(contains(files.read("confusion.csv"), ",a,5,1\n"));
  CHECK(contains(files.read("confusion.csv"), ",b,0,6\n"));
  CHECK(contains(files.read("classes.csv"), ",b,6,0.8571428571428571,1,"));
  CHECK(files.summary()["predictions"][0]["groups"] == 5);
  CHECK(files.summary()["groups_are"] == "groups");
  CHECK(files.read("missing.csv") == "what,key\n");
  CHECK(std::filesystem::file_size(files.output() / "roc.png") > 1000);
  REQUIRE(report.findings.size() == 2);
  CHECK(contains(report.findings[0], "12 tiles of 5 groups, 2 classes"));
  CHECK(contains(report.findings[1], "good.csv: accuracy 0.917"));
}

TEST_CASE("evaluate: several files are matched by slide and place, and compared with the first") {
  const Files files;
  Listener listener;

  run(files.options({files.add("good.csv", good), files.add("poor.csv", poor)}), listener);

  std::map<std::string, double> scores = scores_in(files);
  CHECK(scores["poor accuracy"] == Approx(9.0 / 12.0));
  CHECK(scores["less poor accuracy"] == Approx(-2.0 / 12.0));
  CHECK(scores["less poor log_loss"] == Approx(scores["poor log_loss"] - scores["good log_loss"]));
  CHECK(files.summary()["differences"][0]["figures"]["accuracy"]["low"] < 0.0);
  CHECK(listener.warnings.empty());
}

TEST_CASE("evaluate: rows that not all files have are left out, counted and listed") {
  const Files files;
  Listener listener;
  const std::string shorter = without(poor, "s4,8,0,8,8,a,0.3,0.7\n");

  run(files.options({files.add("good.csv", good), files.add("poor.csv", shorter)}), listener);

  CHECK(files.summary()["rows_not_in_all_files"] == 1);
  CHECK(files.summary()["predictions"][1]["rows"] == 11);
  CHECK(contains(files.read("missing.csv"), "poor.csv,s4 8 0\n"));
  CHECK(listener.warned_of("1 tile that not all files have, left out, such as s4 8 0"));
}

TEST_CASE("evaluate: a slide is the mean of its tiles, and a group of its slides' tiles") {
  const Files files;
  EvaluateJobOptions options = files.options({files.add("good.csv", good)});
  Listener listener;

  options.level = EvaluationLevel::slide;
  run(options, listener);
  const Json by_slide = files.summary();
  options.level = EvaluationLevel::group;
  options.overwrite = Overwrite::always;
  run(options, listener);
  const Json by_group = files.summary();

  CHECK(by_slide["predictions"][0]["rows"] == 6);
  CHECK(by_slide["predictions"][0]["figures"]["accuracy"]["value"] == 1.0);
  CHECK(by_slide["scored"] == "slide");
  CHECK(by_group["predictions"][0]["rows"] == 5);
  CHECK(by_group["predictions"][0]["rows_of_class"]["a"] == 2);
}

TEST_CASE("evaluate: slides may be compared whose tiles differ") {
  const Files files;
  const std::string whole =
      "slide,truth,predicted\ns0,a,a\ns1,b,a\ns2,a,a\ns3,b,b\ns4,a,a\ns5,b,b\n";
  EvaluateJobOptions options =
      files.options({files.add("good.csv", good), files.add("whole.csv", whole)});
  Listener listener;

  const std::string tiles = sentence(options);
  options.level = EvaluationLevel::slide;
  run(options, listener);

  CHECK(contains(tiles, "whole.csv holds predictions of whole slides, and "));
  CHECK(contains(tiles, "good.csv of tiles; --level slide compares them"));
  CHECK(scores_in(files)["whole accuracy"] == Approx(5.0 / 6.0));
}

TEST_CASE("evaluate: labels give the truth, the patients and the rows of the test") {
  const Files files;
  EvaluateJobOptions options = files.options({files.add("poor.csv", poor)});
  options.labels.table = files.add("labels.csv",
                                   "slide,label,patient,part\ns0,a,P0,test\ns1,b,P1,test\n"
                                   "s2,a,P2,train\ns3,b,P3,test\ns4,a,P0,test\ns9,b,P9,test\n");
  options.labels.group = "patient";
  options.labels.split = "part";
  Listener listener;

  run(options, listener);

  const Json summary = files.summary();
  CHECK(summary["predictions"][0]["rows"] == 8);
  CHECK(summary["predictions"][0]["groups"] == 3);
  CHECK(summary["predictions"][0]["figures"]["accuracy"]["value"] == 7.0 / 8.0);
  CHECK(summary["rows_of_other_splits"] == 2);
  CHECK(summary["rows_without_truth"] == 2);
  CHECK(contains(files.read("missing.csv"), ",s9\n"));
  CHECK(contains(files.read("missing.csv"), ",s5\n"));
  CHECK(listener.warnings.size() == 2);
}

TEST_CASE("evaluate: the labels' truth holds against the file's, and it is said") {
  const Files files;
  EvaluateJobOptions options = files.options({files.add("good.csv", good)});
  options.labels.table =
      files.add("labels.csv", "slide,label\ns0,c\ns1,b\ns2,a\ns3,b\ns4,a\ns5,b\n");
  Listener listener;

  run(options, listener);

  CHECK(listener.warned_of("good.csv: 2 rows with another truth than the labels', whose truth"));
  CHECK(listener.warned_of("good.csv: the class c of the labels was never predicted"));
  CHECK(files.summary()["classes"] == Json::array({"a", "b", "c"}));
  CHECK(scores_in(files)["good accuracy"] == Approx(9.0 / 12.0));
}

TEST_CASE("evaluate: quadratic kappa follows the order of the classes") {
  const Files files;
  const std::string grades =
      "slide,truth,predicted\ns0,low,low\ns1,mid,high\ns2,high,high\ns3,mid,mid\ns4,low,low\n";
  EvaluateJobOptions options = files.options({files.add("grades.csv", grades)});
  Listener listener;

  run(options, listener);
  const double by_name = scores_in(files)["grades quadratic_kappa"];
  options.labels.classes = {"low", "mid", "high"};
  options.overwrite = Overwrite::always;
  run(options, listener);

  CHECK(scores_in(files)["grades quadratic_kappa"] == Approx(1.0 - 1.0 / 7.0));
  CHECK(by_name != scores_in(files)["grades quadratic_kappa"]);
  options.labels.classes = {"low", "high"};
  CHECK(contains(sentence(options),
                 "--classes must hold all classes of the predictions; 'mid' is missing"));
}

TEST_CASE("evaluate: files without probabilities have no ROC, and it is said") {
  const Files files;
  Listener listener;

  run(files.options({files.add("bare.csv", "slide,truth,predicted\ns0,a,a\ns1,b,b\ns2,a,b\n")}),
      listener);

  CHECK(listener.warned_of("log loss and AUROC are not defined: there are no probabilities"));
  CHECK(files.read("roc.csv") == "file,class,threshold,false_positive_rate,true_positive_rate\n");
  CHECK_FALSE(std::filesystem::exists(files.output() / "roc.png"));
  CHECK(contains(files.read("scores.csv"), ",log_loss,,,,\n"));
  CHECK(files.summary()["predictions"][0]["figures"]["log_loss"]["value"].is_null());
}

TEST_CASE("evaluate: one class or one patient is a stated result") {
  const Files files;
  EvaluateJobOptions options = files.options(
      {files.add("one.csv", "slide,group,truth,predicted,p=a,p=b\ns0,P,a,a,1,0\ns1,P,a,b,0,1\n")});
  Listener listener;

  run(options, listener);

  CHECK(listener.warned_of("AUROC is not defined: no row truly has class b"));
  CHECK(listener.warned_of("all rows belong to one group (patient)"));
  CHECK(listener.warned_of("no row has the class b, so that it has no ROC curve"));
  CHECK(files.summary()["predictions"][0]["figures"]["accuracy"]["low"].is_null());
  CHECK(files.summary()["messages"].size() == 3);
}

TEST_CASE("evaluate: no result depends on the number of threads") {
  const Files files;
  EvaluateJobOptions options =
      files.options({files.add("good.csv", good), files.add("poor.csv", poor)});
  Listener listener;

  run(options, listener);
  const std::string alone = files.read("scores.csv") + files.read("roc.csv");
  options.threads = 3;
  options.overwrite = Overwrite::always;
  run(options, listener);

  CHECK(files.read("scores.csv") + files.read("roc.csv") == alone);
}

TEST_CASE("evaluate: files that do not fit together are refused") {
  const Files files;
  const auto first = files.add("good.csv", good);
  const std::string header = "slide,x,y,w,h,group,truth,predicted,p=a,p=b\n";
  const auto other = [&](const std::string& text) {
    return sentence(files.options({first, files.add("other.csv", text)}));
  };

  CHECK(contains(other(header + "s0,0,0,8,8,P0,b,a,0.9,0.1\n"), "other.csv: the truth of s0 0 0"));
  CHECK(contains(other(header + "s0,0,0,8,8,P7,a,a,0.9,0.1\n"),
                 "other.csv: the group (patient) of s0 0 0 is 'P7', and 'P0' in "));
  CHECK(contains(other(header + "s7,0,0,8,8,P7,a,a,0.9,0.1\n"),
                 "no row is in all files of predictions"));
  CHECK(contains(other(header + "s0,0,0,8,8,P0,a,a,1,0\ns0,0,0,8,8,P0,a,a,1,0\n"),
                 "other.csv: s0 0 0 stands there twice"));
  CHECK(contains(other(header + "s0,0,0,8,8,P0,a,,1,0\n"),
                 "other.csv: s0 0 0 has no predicted class"));
  CHECK(contains(other(header + "s0,0,0,8,8,,a,a,1,0\n"), "other.csv: s0 0 0 has no group"));
  CHECK(contains(other(header), "other.csv: holds no predictions"));
}

TEST_CASE("evaluate: without a truth, or groups to pool by, there is a sentence") {
  const Files files;
  EvaluateJobOptions options = files.options({files.add("poor.csv", poor)});

  CHECK(contains(sentence(options), "no row has a truth to be compared with; --labels takes one"));
  options.level = EvaluationLevel::group;
  CHECK(contains(sentence(options), "poor.csv: has no column group, which --level group pools by"));
  options.level = EvaluationLevel::tile;
  options.labels.table = files.add("labels.csv", "slide,label\nt0,a\n");
  CHECK(contains(sentence(options), "says nothing of any of its rows"));
  options.labels.table = files.add("labels.csv", "slide,x,y,label\ns0,0,0,a\n");
  options.predictions = {files.add("whole.csv", "slide,predicted\ns0,a\n")};
  CHECK(contains(sentence(options), "whole.csv holds predictions of whole slides, and "));
}

TEST_CASE("evaluate: a slide with tiles of two classes has no class of its own") {
  const Files files;
  EvaluateJobOptions options = files.options(
      {files.add("mixed.csv", "slide,x,y,w,h,truth,predicted\ns0,0,0,8,8,a,a\ns0,8,0,8,8,b,b\n")});
  options.level = EvaluationLevel::slide;

  CHECK(contains(sentence(options), "the slide s0 has tiles of the classes a and b"));
}

TEST_CASE("evaluate: options that cannot be meant are refused") {
  const Files files;
  const EvaluateJobOptions good_ones = files.options({"a.csv"});
  const auto with = [&](const auto& change) {
    EvaluateJobOptions options = good_ones;
    change(options);
    const auto error = refusal(options);
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };

  CHECK(with([](auto& o) { o.predictions.clear(); }) ==
        "--predictions must name at least one file");
  CHECK(with([](auto& o) {
          o.predictions = {"a.csv", "./a.csv"};
        }) == "--predictions names ./a.csv twice");
  CHECK(with([](auto& o) { o.repeats = 0; }) == "--bootstrap must be at least 1, got 0");
  CHECK(with([](auto& o) { o.confidence = 1.5; }) == "--confidence must lie in (0, 1), got 1.5");
  CHECK(with([](auto& o) { o.labels.group = "patient"; }) ==
        "--group names a column of --labels, which is not given");
  CHECK(with([](auto& o) { o.labels.split = "part"; }) ==
        "--split names a column of --labels, which is not given");
  CHECK(with([](auto& o) { o.output.clear(); }) == "the output folder must be named");
}

TEST_CASE("evaluate: a run that is told to stop leaves no summary") {
  const Files files;
  const std::atomic<bool> stop{true};
  Listener listener;

  const AnalysisReport report =
      run_evaluate_job(files.options({files.add("good.csv", good)}), listener, stop);

  CHECK(report.interrupted);
  CHECK_FALSE(std::filesystem::exists(files.output() / "summary.json"));
}

TEST_CASE("evaluate: probabilities that were rounded are scaled, and others are refused") {
  const Files files;
  const std::string head = "slide,truth,predicted,p=a,p=b,p=c\n";
  Listener listener;

  run(files.options({files.add("r.csv", head + "s0,a,a,0.333,0.333,0.333\ns1,b,b,0.2,0.7,0.1\n"
                                               "s2,c,c,0,0.001,0.999\n")}),
      listener);

  CHECK(listener.warned_of("r.csv: 1 row of probabilities that sum to 1 but for rounding"));
  CHECK(scores_in(files)["r accuracy"] == 1.0);
  CHECK(contains(sentence(files.options({files.add("s.csv", head + "s0,a,a,0.3,0.3,0.3\n")})),
                 "s.csv: the probabilities of prediction 1 sum to 0.8"));
}
