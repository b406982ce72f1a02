#include "jobs/annotate_tables.hpp"

#include <cmath>
#include <numeric>

#include "core/csv.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

const std::string nothing;

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? std::nan("") : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::size_t Annotated::tiles() const {
  return std::accumulate(
      slides.begin(), slides.end(), std::size_t{0},
      [](std::size_t sum, const ClusteredSlide& slide) { return sum + slide.tiles.size(); });
}

const std::string& Annotated::class_name(std::int32_t label) const {
  return label < 0 ? nothing : labels.classes.at(static_cast<std::size_t>(label));
}

const std::string& Annotated::name_of(std::size_t cluster) const {
  const std::int32_t name = naming.clusters[cluster].name;
  return name < 0 ? nothing : naming.names.at(static_cast<std::size_t>(name));
}

std::string clusters_table(const Annotated& annotated) {
  std::string text = csv_line({"cluster", "tiles", "labelled", "label", "purity", "dominant",
                               "name", "confidence", "patients", "patient_share", "largest_share"});
  for (std::size_t i = 0; i < annotated.purities.size(); ++i) {
    const ClusterPurity& purity = annotated.purities[i];
    const PatientDiversity& patients = annotated.diversity[i];
    const std::int32_t dominant = annotated.has_labels() ? annotated.dominant[i] : no_label;
    text += csv_line({std::to_string(i), std::to_string(purity.tiles),
                      std::to_string(purity.labelled), annotated.class_name(purity.label),
                      csv_number(purity.purity), annotated.class_name(dominant),
                      annotated.name_of(i), csv_number(annotated.naming.clusters[i].confidence),
                      std::to_string(patients.patients), csv_number(patients.patient_share),
                      csv_number(patients.largest_share)});
  }
  return text;
}

std::string counts_table_of(const Annotated& annotated) {
  std::vector<std::string> header{"cluster", "tiles"};
  for (const std::string& name : annotated.labels.classes) header.push_back("n=" + name);
  std::string text = csv_line(header);
  for (std::size_t i = 0; i < annotated.counts.clusters; ++i) {
    std::vector<std::string> cells{std::to_string(i), std::to_string(annotated.counts.tiles[i])};
    for (std::size_t label = 0; label < annotated.counts.labels; ++label) {
      cells.push_back(std::to_string(annotated.counts.at(i, label)));
    }
    text += csv_line(cells);
  }
  return text;
}

std::string purity_table(const Annotated& annotated) {
  std::string text = csv_line({"cluster", "label", "purity", "tiles", "labelled", "share"});
  for (const PurityPoint& point : purity_curve(annotated.counts)) {
    text +=
        csv_line({std::to_string(point.cluster.cluster), annotated.class_name(point.cluster.label),
                  number(point.cluster.purity), std::to_string(point.cluster.tiles),
                  std::to_string(point.cluster.labelled), number(point.share)});
  }
  return text;
}

std::string names_table(const Annotated& annotated) {
  std::string text =
      csv_line({"cluster", "name", "tiles", "share", "label", "purity", "largest_share"});
  const std::size_t tiles = annotated.tiles();
  for (std::size_t i = 0; i < annotated.purities.size(); ++i) {
    const ClusterPurity& purity = annotated.purities[i];
    text += csv_line({std::to_string(i),
                      annotated.naming.clusters[i].given ? annotated.name_of(i) : nothing,
                      std::to_string(purity.tiles), csv_number(ratio(purity.tiles, tiles)),
                      annotated.class_name(purity.label), csv_number(purity.purity),
                      csv_number(annotated.diversity[i].largest_share)});
  }
  return text;
}

std::string labels_header(const Annotated& annotated, bool with_group) {
  std::vector<std::string> header{"slide", "x", "y", "w", "h"};
  if (with_group) header.emplace_back("group");
  if (annotated.has_labels()) header.emplace_back("truth");
  header.insert(header.end(), {"predicted", "cluster", "confidence"});
  return csv_line(header);
}

std::string unlabelled_header() {
  return csv_line({"slide", "x", "y", "w", "h", "truth", "cluster"});
}

void add_tiles(const Annotated& annotated, std::size_t index, bool with_group, std::string& labels,
               std::string& unlabelled) {
  const ClusteredSlide& slide = annotated.slides[index];
  const auto patient = static_cast<std::size_t>(annotated.labels.patient[index]);
  for (std::size_t i = 0; i < slide.tiles.size(); ++i) {
    const Rect& rect = slide.tiles[i];
    const auto cluster = static_cast<std::size_t>(slide.clusters[i]);
    const std::string& truth = annotated.class_name(annotated.labels.labels[index][i]);
    const std::string& name = annotated.name_of(cluster);
    std::vector<std::string> cells{slide.name, std::to_string(rect.x), std::to_string(rect.y),
                                   std::to_string(rect.width), std::to_string(rect.height)};
    if (name.empty()) {
      cells.insert(cells.end(), {truth, std::to_string(cluster)});
      unlabelled += csv_line(cells);
      continue;
    }
    if (with_group) cells.push_back(annotated.labels.patients[patient]);
    if (annotated.has_labels()) cells.push_back(truth);
    cells.insert(cells.end(), {name, std::to_string(cluster),
                               csv_number(annotated.naming.clusters[cluster].confidence)});
    labels += csv_line(cells);
  }
}

Agreement agreement_of(const Annotated& annotated) {
  Agreement agreement;
  const LabelCounts& counts = annotated.counts;
  for (std::size_t i = 0; i < counts.clusters; ++i) {
    const std::int32_t name = annotated.naming.clusters[i].name;
    if (name < 0) continue;
    agreement.tiles += counts.tiles[i];
    agreement.checked += counts.labelled(i);
    const auto label = static_cast<std::size_t>(name);
    if (label < counts.labels) agreement.right += counts.at(i, label);
  }
  return agreement;
}

Json annotation_summary(const Annotated& annotated, double purity) {
  Json json;
  const LabelCounts& counts = annotated.counts;
  json["slides"] = annotated.slides.size();
  json["patients"] = annotated.labels.patients.size();
  json["tiles"] = annotated.tiles();
  json["labelled_tiles"] = annotated.labels.labelled();
  json["clusters"] = counts.clusters;
  const Agreement agreement = agreement_of(annotated);
  json["annotated_tiles"] = agreement.tiles;
  json["annotated_share"] = ratio(agreement.tiles, annotated.tiles());
  json["agreement"] = {{"tiles", agreement.checked},
                       {"right", agreement.right},
                       {"share", ratio(agreement.right, agreement.checked)}};
  if (!annotated.has_labels()) return json;
  json["purity"] = total_purity(counts);
  json["coverage"] = {{"purity", purity}, {"share", coverage(counts, purity)}};
  Json& labels = json["labels"];
  labels = Json::array();
  const std::vector<LabelCoverage> pure = label_coverage(counts, purity);
  const std::vector<LabelCoverage> all = label_coverage(counts, 0.0);
  for (std::size_t i = 0; i < pure.size(); ++i) {
    labels.push_back({{"label", annotated.labels.classes[i]},
                      {"tiles", pure[i].tiles},
                      {"coverage", pure[i].coverage},
                      {"precision", pure[i].precision},
                      {"majority_recall", all[i].coverage},
                      {"majority_precision", all[i].precision}});
  }
  const PartitionAgreement partition = partition_agreement(counts);
  json["adjusted_rand"] = partition.adjusted_rand;
  json["normalised_mutual_information"] = partition.normalised_mutual_information;
  json["adjusted_mutual_information"] = partition.adjusted_mutual_information;
  json["homogeneity"] = partition.homogeneity;
  json["completeness"] = partition.completeness;
  json["v_measure"] = partition.v_measure;
  return json;
}

}  // namespace histo
