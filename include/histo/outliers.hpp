#pragma once
/// Odd tiles by their metrics: what HistoPrep's OutlierDetector does around its k-means.
///
/// All functions are pure and may run on many threads.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace histo {

/// The indices of the columns that tell outliers: with "_q" in the name, or "_mean" or "_std" at
/// its end (so laplacian_std as well), in the table's order.
std::vector<std::size_t> outlier_columns(const std::vector<std::string>& columns);

/// A metric as the clustering sees it: divided by 255 twice, as HistoPrep does. The scale alone
/// changes no cluster.
double outlier_value(double metric);

/// Clusters by the distance of their centre from the mean of all centres, farthest first; equally
/// far ones in falling order of their number, as two clusters always are: HistoPrep leaves those to
/// rounding, here the smaller one is 0 where clusters are numbered by size. centroids: clusters x
/// dim, row-major; the result names each place's old number. An empty cluster counts like any
/// other. Throws Error(internal) for centroids that are no whole number of rows.
std::vector<std::size_t> clusters_by_distance(const std::vector<float>& centroids,
                                              std::size_t clusters);

/// The labels with new numbers: 0 is the cluster farthest from the mean centre. Throws
/// Error(internal) as `clusters_by_distance`, and for a label outside [0, clusters).
std::vector<std::int32_t> order_by_distance(const std::vector<std::int32_t>& labels,
                                            const std::vector<float>& centroids,
                                            std::size_t clusters);

}  // namespace histo
