#include "jobs/slide_labels.hpp"

#include <algorithm>
#include <utility>

#include "jobs/cluster_rows.hpp"

namespace histo {

namespace {

/// The slide whose labels are coming.
class Collector {
 public:
  Collector(const StoredRows& stored, std::size_t first, std::size_t last,
            const std::vector<CentroidSet>& sets,
            const std::function<void(std::size_t, ClusterTable)>& take)
      : stored_(stored), slide_(first), last_(last), sets_(sets), take_(take) {
    begin();
    give_complete();
  }

  void add(std::size_t count, const std::int32_t* labels) {
    for (std::size_t done = 0; done < count;) {
      const std::size_t part = std::min(count - done, missing());
      for (std::size_t s = 0; s < sets_.size(); ++s) {
        const std::int32_t* from = labels + s * count + done;
        table_.labels[s].insert(table_.labels[s].end(), from, from + part);
      }
      rows_ += part;
      done += part;
      give_complete();
    }
  }

 private:
  void begin() {
    table_ = {};
    rows_ = 0;
    for (const CentroidSet& set : sets_) table_.clusters.push_back(set.k);
    table_.labels.resize(sets_.size());
  }

  std::size_t missing() const { return stored_.start(slide_ + 1) - stored_.start(slide_) - rows_; }

  // A slide may have no rows at all.
  void give_complete() {
    while (slide_ < last_ && missing() == 0) {
      take_(slide_, std::move(table_));
      ++slide_;
      begin();
    }
  }

  const StoredRows& stored_;
  std::size_t slide_;
  std::size_t last_;
  const std::vector<CentroidSet>& sets_;
  const std::function<void(std::size_t, ClusterTable)>& take_;
  ClusterTable table_;
  std::size_t rows_ = 0;
};

}  // namespace

void label_slides(const RowSource& rows, const StoredRows& stored, std::size_t first,
                  std::size_t last, const std::vector<CentroidSet>& sets, const Labelling& how,
                  const std::function<void(std::size_t slide, ClusterTable table)>& take) {
  Collector collector(stored, first, last, sets, take);
  const RowRange range(rows, stored.start(first), stored.start(last));
  label_rows(range, sets, how, [&](std::size_t, std::size_t count, const std::int32_t* labels) {
    collector.add(count, labels);
  });
}

}  // namespace histo
