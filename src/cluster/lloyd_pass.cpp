#include "cluster/lloyd_pass.hpp"

#include <algorithm>
#include <cmath>

#include "cluster/exchange.hpp"
#include "cluster/kernels.hpp"
#include "cluster/scored_blocks.hpp"

namespace histo::cluster {

namespace {

/// What a worker finds for one fit.
struct Finding {
  LabelSums sums;  ///< of all rows, or, if the fit remembers, what is to be added to the last ones
  double inertia = 0.0;
  std::vector<std::size_t> first_rows;
};

/// What is left of the gap that the last pass found for the view's row `place`. Rounding may not
/// make it wider.
float gap_left(const Fit& fit, std::size_t place, std::int32_t label) {
  return (fit.gaps[place] - fit.decay[static_cast<std::size_t>(label)]) * 0.999999F;
}

/// Whether so many rows of a block may have got another label that all of them are asked anew:
/// gathering rows costs about what half the products do. Those of a device cost this process
/// little.
bool are_many(std::size_t unsettled, std::size_t rows, const RowView& view) {
  return unsettled * (view.engine == nullptr ? 2 : 16) > rows;
}

/// The same of a block that no worker has had yet, for any of the fits.
class OpenBlocks {
 public:
  OpenBlocks(const LloydRows& rows, const std::vector<Fit*>& fits) : rows_(&rows), fits_(&fits) {}

  bool operator()(const RowBlock& block) {
    return std::any_of(fits_->begin(), fits_->end(),
                       [&](const Fit* fit) { return is_open(*fit, block); });
  }

 private:
  bool is_open(const Fit& fit, const RowBlock& block) {
    if (!fit.remembers || fit.gaps.empty()) return true;
    const std::size_t place = block.first - rows_->view.share.first;
    labels_.resize(block.count);
    fit.labels.load(place, block.count, labels_.data());
    std::size_t unsettled = 0;
    for (std::size_t i = 0; i < block.count; ++i) {
      if (!(gap_left(fit, place + i, labels_[i]) > 0.0F)) ++unsettled;
    }
    return are_many(unsettled, block.count, rows_->view);
  }

  const LloydRows* rows_;
  const std::vector<Fit*>* fits_;
  std::vector<std::int32_t> labels_;
};

/// One worker's part of a pass.
class Assignment {
 public:
  Assignment(const LloydRows& rows, const Quanta& quanta, const CentreStack& stack,
             const std::vector<Fit*>& fits, bool measure_scatter)
      : rows_(&rows),
        quanta_(&quanta),
        nearest_centres_(stack),
        fits_(&fits),
        measure_scatter_(measure_scatter),
        findings_(fits.size()),
        unsettled_(fits.size()) {
    for (std::size_t f = 0; f < fits.size(); ++f) {
      const std::size_t k = fits[f]->result->clusters.k;
      findings_[f].sums.reset(k, rows.view.dim());
      if (fits[f]->phase == Phase::settling) findings_[f].first_rows.assign(k, rows.all_rows);
    }
  }

  void operator()(const RowBlock& block) {
    const std::size_t count = fits_->size();
    nearest_.resize(count * block.count);
    before_.resize(count * block.count);
    for (std::size_t f = 0; f < count; ++f) recall(block, f);
    assign(block);
    for (std::size_t f = 0; f < count; ++f) account(block, f);
    if (!measure_scatter_) return;
    const float* origin = rows_->origin->place.data();
    for (std::size_t i = 0; i < block.count; ++i) {
      scatter_ += quanta_->squared(squared_distance(block.row(i), origin, block.dim));
    }
  }

  const Finding& finding(std::size_t f) const { return findings_[f]; }
  double scatter() const { return scatter_; }

 private:
  std::size_t place(const RowBlock& block) const { return block.first - rows_->view.share.first; }

  /// The labels of the pass before, and the rows that may have got another one since.
  void recall(const RowBlock& block, std::size_t f) {
    Fit& fit = *(*fits_)[f];
    std::vector<std::uint32_t>& unsettled = unsettled_[f];
    unsettled.clear();
    if (!fit.remembers || !fit.labels.held()) return;
    std::int32_t* before = before_.data() + f * block.count;
    fit.labels.load(place(block), block.count, before);
    if (fit.gaps.empty()) return;
    Nearest* nearest = nearest_.data() + f * block.count;
    for (std::size_t i = 0; i < block.count; ++i) {
      const float gap = gap_left(fit, place(block) + i, before[i]);
      nearest[i] = {before[i], gap};
      if (!(gap > 0.0F)) unsettled.push_back(static_cast<std::uint32_t>(i));
    }
  }

  bool all_are_open(const RowBlock& block, std::size_t f) const {
    const Fit& fit = *(*fits_)[f];
    if (!fit.remembers || fit.gaps.empty()) return true;
    return are_many(unsettled_[f].size(), block.count, rows_->view);
  }

  void assign(const RowBlock& block) {
    const std::size_t count = fits_->size();
    for (std::size_t f = 0; f < count;) {
      std::size_t last = f;
      while (last < count && all_are_open(block, last)) ++last;
      if (last > f) {
        nearest_centres_.assign(block, f, last, nearest_.data() + f * block.count);
        f = last;
      } else {
        nearest_centres_.assign_some(block, unsettled_[f], f, nearest_.data() + f * block.count);
        ++f;
      }
    }
  }

  void account(const RowBlock& block, std::size_t f) {
    Fit& fit = *(*fits_)[f];
    const Nearest* nearest = nearest_.data() + f * block.count;
    add_up(block, fit, nearest, f);
    if (fit.phase == Phase::settling) settle(block, fit, nearest, findings_[f]);
    if (!fit.labels.held()) return;
    std::int32_t* labels = before_.data() + f * block.count;
    for (std::size_t i = 0; i < block.count; ++i) labels[i] = nearest[i].label;
    fit.labels.store(place(block), block.count, labels);
    if (fit.gaps.empty()) return;
    float* gaps = fit.gaps.data() + place(block);
    for (std::size_t i = 0; i < block.count; ++i) gaps[i] = nearest[i].gap;
  }

  void add_up(const RowBlock& block, const Fit& fit, const Nearest* nearest, std::size_t f) {
    if (fit.remembers && fit.labels.held()) {
      add_changes(block, nearest, f);
    } else {
      add_all(block, nearest, findings_[f].sums);
    }
  }

  void add_changes(const RowBlock& block, const Nearest* nearest, std::size_t f) {
    const std::int32_t* before = before_.data() + f * block.count;
    LabelSums& sums = findings_[f].sums;
    for (std::size_t i = 0; i < block.count; ++i) {
      const auto label = static_cast<std::size_t>(nearest[i].label);
      const auto old = static_cast<std::size_t>(before[i]);
      if (old == label) continue;
      kernels().move(block.row(i), block.dim, quanta_->value.magic(),
                     sums.sums.data() + old * block.dim, sums.sums.data() + label * block.dim);
      sums.counts[old] -= 1.0;
      sums.counts[label] += 1.0;
    }
  }

  /// Cluster by cluster, so that a sum stays in the nearest cache.
  void add_all(const RowBlock& block, const Nearest* nearest, LabelSums& sums) {
    const std::size_t k = sums.counts.size();
    starts_.assign(k + 1, 0);
    for (std::size_t i = 0; i < block.count; ++i) {
      ++starts_[static_cast<std::size_t>(nearest[i].label) + 1];
    }
    for (std::size_t c = 0; c < k; ++c) starts_[c + 1] += starts_[c];
    by_label_.resize(block.count);
    filled_ = starts_;
    for (std::size_t i = 0; i < block.count; ++i) {
      by_label_[filled_[static_cast<std::size_t>(nearest[i].label)]++] = block.row(i);
    }
    const double magic = quanta_->value.magic();
    for (std::size_t c = 0; c < k; ++c) {
      double* sum = sums.sums.data() + c * block.dim;
      sums.counts[c] += static_cast<double>(starts_[c + 1] - starts_[c]);
      std::size_t i = starts_[c];
      for (; i + 4 <= starts_[c + 1]; i += 4) {
        kernels().add_four(by_label_.data() + i, block.dim, magic, sum);
      }
      for (; i < starts_[c + 1]; ++i) kernels().add(by_label_[i], block.dim, magic, sum);
    }
  }

  void settle(const RowBlock& block, const Fit& fit, const Nearest* nearest,
              Finding& finding) const {
    const float* centres = fit.result->clusters.centroids.data();
    for (std::size_t i = 0; i < block.count; ++i) {
      const auto label = static_cast<std::size_t>(nearest[i].label);
      finding.inertia +=
          quanta_->squared(squared_distance(block.row(i), centres + label * block.dim, block.dim));
      std::size_t& first = finding.first_rows[label];
      first = std::min(first, block.first + i);
    }
  }

  const LloydRows* rows_;
  const Quanta* quanta_;
  NearestCentres nearest_centres_;
  const std::vector<Fit*>* fits_;
  bool measure_scatter_;
  std::vector<Finding> findings_;
  double scatter_ = 0.0;
  std::vector<std::vector<std::uint32_t>> unsettled_;  ///< one a fit
  std::vector<Nearest> nearest_;                       ///< fits x rows of the block
  std::vector<std::int32_t> before_;                   ///< the same of the labels before
  std::vector<const float*> by_label_;                 ///< rows of the block, cluster by cluster
  std::vector<std::size_t> starts_;                    ///< where each cluster's rows start there
  std::vector<std::size_t> filled_;
};

/// Adds up what the workers of all ranks have found for one fit.
void combine(const std::vector<Assignment>& workers, std::size_t f, const LloydRows& rows,
             Fit& fit) {
  LabelSums found = workers[0].finding(f).sums;
  double inertia = workers[0].finding(f).inertia;
  for (std::size_t w = 1; w < workers.size(); ++w) {
    found.add(workers[w].finding(f).sums);
    inertia += workers[w].finding(f).inertia;
  }
  rows.team->sum(found.counts.data(), found.counts.size());
  rows.team->sum(found.sums.data(), found.sums.size());
  if (fit.remembers && fit.labels.held()) {
    fit.sums.add(found);
  } else {
    fit.sums = std::move(found);
  }
  fit.remembers = true;
  if (fit.phase != Phase::settling) return;
  rows.team->sum(&inertia, 1);
  fit.inertia = inertia;
  std::vector<std::size_t>& first_rows = fit.result->first_rows;
  first_rows.assign(fit.result->clusters.k, rows.all_rows);
  const auto lower = [&first_rows](const std::vector<std::size_t>& others) {
    for (std::size_t c = 0; c < others.size(); ++c) {
      first_rows[c] = std::min(first_rows[c], others[c]);
    }
  };
  for (const Assignment& worker : workers) lower(worker.finding(f).first_rows);
  Packing mine;
  mine.add(first_rows);
  for (const std::string& bytes : rows.team->gather(mine.bytes())) {
    lower(Unpacking(bytes).take_list<std::size_t>());
  }
}

}  // namespace

void LabelSums::add(const LabelSums& other) {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += other.sums[i];
}

// |x - c| <= |x| + |c| <= 2 sqrt(dim) largest: centres are means of rows, or no longer than them.
Quanta::Quanta(double largest, std::size_t dim, std::size_t rows)
    : value(largest, rows), squared(4.0 * static_cast<double>(dim) * largest * largest, rows) {}

double run_pass(const LloydRows& rows, const Quanta& quanta, const std::vector<Fit*>& fits) {
  CentreStack stack(*rows.origin);
  bool first = true;
  for (const Fit* fit : fits) {
    stack.add(fit->result->clusters.centroids);
    first = first && !fit->remembers;
  }
  std::vector<Assignment> workers =
      make_workers(rows.view, [&] { return Assignment(rows, quanta, stack, fits, first); });
  for_each_scored_block(rows.view, stack, workers, OpenBlocks(rows, fits), [](const RowBlock&) {});
  for (std::size_t f = 0; f < fits.size(); ++f) combine(workers, f, rows, *fits[f]);
  double scatter = 0.0;
  for (const Assignment& worker : workers) scatter += worker.scatter();
  rows.team->sum(&scatter, 1);
  return scatter;
}

}  // namespace histo::cluster
