#pragma once
/// Labels of rows, given out slide by slide.

#include <cstddef>
#include <functional>
#include <vector>

#include "histo/cluster_store.hpp"
#include "histo/kmeans.hpp"

#include "jobs/stored_rows.hpp"

namespace histo {

/// Calls `take` for each slide of [first, last), in their order, with the labels of its rows for
/// each set; the tables come without tiles. No more than one slide's labels are held at a time.
/// `rows` are `stored`'s after preprocessing.
void label_slides(const RowSource& rows, const StoredRows& stored, std::size_t first,
                  std::size_t last, const std::vector<CentroidSet>& sets, const Labelling& how,
                  const std::function<void(std::size_t slide, ClusterTable table)>& take);

}  // namespace histo
