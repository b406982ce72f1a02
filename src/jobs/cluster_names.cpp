#include "jobs/cluster_names.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"

namespace histo {

namespace {

std::size_t cluster_of(const CsvTable& table, std::size_t row, std::size_t column, std::size_t k) {
  const std::string& text = table.rows[row][column];
  std::size_t cluster = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cluster);
  if (error == std::errc() && end == text.data() + text.size() && cluster < k) return cluster;
  throw Error(ErrorKind::input, table.source + ": line " + std::to_string(table.lines[row]) +
                                    ": column cluster: '" + text +
                                    "' is none of the clusters 0 to " + std::to_string(k - 1));
}

double share_named(const LabelCounts& counts, std::size_t cluster, std::int32_t name) {
  const std::uint64_t labelled = counts.labelled(cluster);
  if (labelled == 0 || name < 0 || static_cast<std::size_t>(name) >= counts.labels) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return static_cast<double>(counts.at(cluster, static_cast<std::size_t>(name))) /
         static_cast<double>(labelled);
}

/// The name's number; it is added where it is new.
std::int32_t number_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  const auto number = static_cast<std::int32_t>(found - names.begin());
  if (found == names.end()) names.push_back(name);
  return number;
}

}  // namespace

std::vector<std::string> read_cluster_names(const std::filesystem::path& file, std::size_t k) {
  const CsvTable table = parse_csv(read_text(file), file.string());
  const std::size_t cluster_column = table.column("cluster");
  const std::size_t name_column = table.column("name");
  std::vector<std::string> names(k);
  std::vector<std::size_t> lines(k);
  bool any = false;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::size_t cluster = cluster_of(table, row, cluster_column, k);
    if (lines[cluster] != 0) {
      throw Error(ErrorKind::input, table.source + ": line " + std::to_string(table.lines[row]) +
                                        ": cluster " + std::to_string(cluster) +
                                        " stands on line " + std::to_string(lines[cluster]) +
                                        " already");
    }
    lines[cluster] = table.lines[row];
    names[cluster] = table.rows[row][name_column];
    any = any || !names[cluster].empty();
  }
  if (any) return names;
  throw Error(ErrorKind::input, table.source +
                                    ": names no cluster; write names into its column "
                                    "name");
}

ClusterNaming name_clusters(const LabelCounts& counts, const std::vector<std::string>& classes,
                            const std::vector<std::string>& given,
                            const AnnotateJobOptions& options) {
  ClusterNaming naming;
  naming.names = classes;
  const std::vector<ClusterPurity> purities = cluster_purities(counts);
  const bool dominant = options.rule == NamingRule::dominant && counts.labels > 0;
  const std::vector<std::int32_t> dominants =
      dominant ? dominant_labels(counts) : std::vector<std::int32_t>();
  for (std::size_t i = 0; i < counts.clusters; ++i) {
    ClusterName cluster;
    if (!given.empty() && !given[i].empty()) {
      cluster.given = true;
      cluster.name = number_of(naming.names, given[i]);
    } else if (purities[i].label != no_label && purities[i].purity >= options.min_purity) {
      cluster.name = dominant ? dominants[i] : purities[i].label;
    }
    cluster.confidence = share_named(counts, i, cluster.name);
    naming.clusters.push_back(cluster);
  }
  return naming;
}

}  // namespace histo
