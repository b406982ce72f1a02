#pragma once
/// Clusters against labels: how pure each cluster is, which label it goes by, how much of a data
/// set that annotates, and how far two partitions agree.
///
/// Labels are 0 .. L-1, or `no_label` for tiles that nobody has labelled; clusters are 0 .. K-1.
/// n_cl is the number of tiles of cluster c with label l, n_c those with any label, m_c all of
/// them.
///
/// Thread rule: pure functions; any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace histo {

inline constexpr std::int32_t no_label = -1;

/// Tiles counted by cluster and label.
struct LabelCounts {
  std::size_t clusters = 0;           ///< K
  std::size_t labels = 0;             ///< L
  std::vector<std::uint64_t> counts;  ///< K x L: n_cl
  std::vector<std::uint64_t> tiles;   ///< K: m_c, with those that have no label

  std::uint64_t at(std::size_t cluster, std::size_t label) const {
    return counts[cluster * labels + label];
  }
  std::uint64_t labelled(std::size_t cluster) const;  ///< n_c
  std::uint64_t with_label(std::size_t label) const;  ///< n_.l
};

/// `clusters` and `labels`: of each tile. Throws Error(input) where they differ in length, for a
/// cluster outside 0 .. K-1 and a label that is neither one of 0 .. L-1 nor `no_label`.
LabelCounts count_labels(const std::vector<std::int32_t>& clusters,
                         const std::vector<std::int32_t>& labels, std::size_t cluster_count,
                         std::size_t label_count);

struct ClusterPurity {
  std::int32_t cluster = 0;
  std::int32_t label = no_label;  ///< the most frequent, of equal ones the lowest; or `no_label`
  double purity = 0.0;            ///< max_l n_cl / n_c; NaN where no tile has a label
  std::uint64_t tiles = 0;        ///< m_c
  std::uint64_t labelled = 0;     ///< n_c
};

/// One for each cluster, in their order.
std::vector<ClusterPurity> cluster_purities(const LabelCounts& counts);

/// sum_c max_l n_cl / sum_c n_c: the share of labelled tiles that carry their cluster's label.
/// Throws Error(input) where no tile has a label.
double total_purity(const LabelCounts& counts);

/// The clusters from the purest to the least pure (equal ones: the larger first, then by number)
/// with the share of all tiles that lies in them and in those before. Clusters without a labelled
/// tile are not among them, so that the last share may be below 1.
struct PurityPoint {
  ClusterPurity cluster;
  double share = 0.0;  ///< of all tiles, cumulative
};
std::vector<PurityPoint> purity_curve(const LabelCounts& counts);

/// The share of all tiles that lies in clusters of at least this purity: sum m_c [purity_c >= p] /
/// sum m_c. `purity` lies in [0, 1], else Error(usage).
double coverage(const LabelCounts& counts, double purity = 0.9);

/// What the clusters of at least this purity do for one label; NaN where nothing carries it.
struct LabelCoverage {
  std::uint64_t tiles = 0;  ///< n_.l
  double coverage = 0.0;    ///< of those, the share in clusters that go by this label
  double precision = 0.0;   ///< of the labelled tiles in those clusters, the share with this label
};
/// One for each label. With purity 0 all clusters count: recall and precision of majority voting.
std::vector<LabelCoverage> label_coverage(const LabelCounts& counts, double purity = 0.9);

/// The rule of HPL (Claudio Quiros et al., Nature Communications 15 (2024)): a cluster goes by
/// label l only if its share of l is at least p + (1 - p) / 2, where p is the share of l among all
/// labelled tiles; else `no_label`. At most one label can fulfil it unless it has no tiles.
std::vector<std::int32_t> dominant_labels(const LabelCounts& counts);

/// A tile's label from its cluster.
struct PropagatedLabel {
  std::int32_t label = no_label;
  double confidence = 0.0;  ///< the cluster's purity; NaN without a label
};
/// One for each tile. A cluster below `purity` gives none. Throws Error(input) for a cluster
/// outside 0 .. K-1.
std::vector<PropagatedLabel> propagate_labels(const std::vector<std::int32_t>& clusters,
                                              const std::vector<ClusterPurity>& purities,
                                              double purity = 0.0);

/// How many patients make up a cluster: one that comes from few of them shows a batch (a scanner, a
/// stain), not a tissue.
struct PatientDiversity {
  std::size_t patients = 0;    ///< with a tile in the cluster
  double patient_share = 0.0;  ///< of all patients
  double largest_share = 0.0;  ///< of the cluster's tiles, the share of one patient; NaN if empty
};
/// `patients`: 0 .. P-1 of each tile. Throws Error(input) as `count_labels`.
std::vector<PatientDiversity> patient_diversity(const std::vector<std::int32_t>& clusters,
                                                const std::vector<std::int32_t>& patients,
                                                std::size_t cluster_count,
                                                std::size_t patient_count);

/// How far clusters and labels say the same, over labelled tiles; all in nats, and 1 for equal
/// partitions.
///
///   adjusted Rand   Hubert and Arabie, Journal of Classification 2 (1985)
///   NMI             I / mean(H(C), H(L))
///   AMI             (I - E[I]) / (mean(H(C), H(L)) - E[I]), E over permutations: Vinh, Epps,
///   Bailey,
///                   Journal of Machine Learning Research 11 (2010)
///   homogeneity h   1 - H(L|C) / H(L), completeness c  1 - H(C|L) / H(C), and V = 2hc / (h + c):
///                   Rosenberg and Hirschberg, EMNLP-CoNLL 2007
///
/// Where an entropy is 0 its quotient is 1, as in scikit-learn.
struct PartitionAgreement {
  double adjusted_rand = 0.0;
  double normalised_mutual_information = 0.0;
  double adjusted_mutual_information = 0.0;
  double homogeneity = 0.0;
  double completeness = 0.0;
  double v_measure = 0.0;
};
/// Throws Error(input) where no tile has a label.
PartitionAgreement partition_agreement(const LabelCounts& counts);

}  // namespace histo
