#include "cluster/parallel_seeding.hpp"

#include <algorithm>
#include <limits>

#include "cluster/exchange.hpp"
#include "cluster/scored_blocks.hpp"
#include "core/random.hpp"

namespace histo::cluster {

namespace {

constexpr std::size_t rounds = 5;

/// The rows drawn so far for one k and seed.
struct Drawing {
  Seeds* seeds = nullptr;
  std::vector<std::vector<float>> rounds;  ///< of each, drawn rows x dim
  std::vector<float> closest;              ///< of each row of this rank, if it is held
  double total = 0.0;                      ///< of all rows' squared distances, about

  std::size_t count(std::size_t round, std::size_t dim) const { return rounds[round].size() / dim; }

  std::vector<float> all() const {
    std::vector<float> result;
    for (const std::vector<float>& part : rounds) {
      result.insert(result.end(), part.begin(), part.end());
    }
    return result;
  }
};

/// What a row's squared distance from all drawn rows is, and by which round.
class Distances {
 public:
  Distances(const std::vector<Drawing>& drawings, const Origin& origin)
      : drawings_(&drawings), distances_(origin) {}

  void take(const RowBlock& block) {
    lengths_.resize(block.count);
    distances_.measure_rows(block, lengths_.data());
  }

  /// Of the rounds from `first` on; each is measured alone, so that nothing depends on which.
  const std::vector<float>& measure(const RowBlock& block, std::size_t d, std::size_t first) {
    const Drawing& drawing = (*drawings_)[d];
    closest_.assign(block.count, std::numeric_limits<float>::max());
    for (std::size_t round = first; round < drawing.rounds.size(); ++round) {
      const std::size_t count = drawing.count(round, block.dim);
      if (count == 0) continue;
      squared_.resize(count * block.count);
      distances_.measure(block, lengths_.data(), drawing.rounds[round].data(), count,
                         squared_.data());
      for (std::size_t c = 0; c < count; ++c) {
        const float* from = squared_.data() + c * block.count;
        for (std::size_t i = 0; i < block.count; ++i) closest_[i] = std::min(closest_[i], from[i]);
      }
    }
    return closest_;
  }

 private:
  const std::vector<Drawing>* drawings_;
  SquaredDistances distances_;
  std::vector<RowLengths> lengths_;
  std::vector<float> squared_;
  std::vector<float> closest_;
};

/// Adds the sample's squared distances up.
class SampleTotals {
 public:
  SampleTotals(const std::vector<Drawing>& drawings, const Origin& origin,
               std::vector<std::vector<double>>& block_sums)
      : distances_(drawings, origin), block_sums_(&block_sums) {}

  void operator()(const RowBlock& block) {
    distances_.take(block);
    for (std::size_t d = 0; d < block_sums_->size(); ++d) {
      double sum = 0.0;
      for (const float squared : distances_.measure(block, d, 0))
        sum += static_cast<double>(squared);
      (*block_sums_)[d][block.index] = sum;
    }
  }

 private:
  Distances distances_;
  std::vector<std::vector<double>>* block_sums_;
};

/// One worker's draws of a round.
class Draws {
 public:
  struct Row {
    std::size_t number = 0;
    std::vector<float> values;
  };

  Draws(std::vector<Drawing>& drawings, const LloydRows& rows, std::size_t round)
      : drawings_(&drawings),
        distances_(drawings, *rows.origin),
        rows_(&rows),
        round_(round),
        drawn_(drawings.size()) {}

  void operator()(const RowBlock& block) {
    distances_.take(block);
    for (std::size_t d = 0; d < drawings_->size(); ++d) {
      Drawing& drawing = (*drawings_)[d];
      const bool held = !drawing.closest.empty();
      const std::vector<float>& squared = distances_.measure(block, d, held ? round_ : 0);
      float* closest =
          held ? drawing.closest.data() + (block.first - rows_->view.share.first) : nullptr;
      const double factor = 2.0 * static_cast<double>(drawing.seeds->k) / drawing.total;
      const std::uint64_t stream = mix(drawing.seeds->seed + drawing.seeds->k) + round_;
      for (std::size_t i = 0; i < block.count; ++i) {
        float value = squared[i];
        if (held) value = closest[i] = std::min(value, closest[i]);
        const double chance = static_cast<double>(value) * factor;
        if (!(unit_interval(hash_of(stream, block.first + i)) < chance)) continue;
        drawn_[d].push_back({block.first + i, {block.row(i), block.row(i) + block.dim}});
      }
    }
  }

  std::vector<Row>& drawn(std::size_t d) { return drawn_[d]; }

 private:
  std::vector<Drawing>* drawings_;
  Distances distances_;
  const LloydRows* rows_;
  std::size_t round_;
  std::vector<std::vector<Row>> drawn_;
};

/// Counts the rows nearest to each drawn row.
class Weights {
 public:
  Weights(const CentreStack& stack, std::size_t groups) : nearest_centres_(stack), stack_(&stack) {
    counts_.resize(stack.size());
    groups_ = groups;
  }

  void operator()(const RowBlock& block) {
    nearest_.resize(groups_ * block.count);
    nearest_centres_.assign(block, 0, groups_, nearest_.data());
    for (std::size_t g = 0; g < groups_; ++g) {
      const std::size_t offset = stack_->groups()[g].offset;
      for (std::size_t i = 0; i < block.count; ++i) {
        counts_[offset + static_cast<std::size_t>(nearest_[g * block.count + i].label)] += 1.0;
      }
    }
  }

  const std::vector<double>& counts() const { return counts_; }

 private:
  NearestCentres nearest_centres_;
  const CentreStack* stack_;
  std::size_t groups_ = 0;
  std::vector<Nearest> nearest_;
  std::vector<double> counts_;
};

void estimate_totals(const LloydRows& rows, const SampleRows& sample,
                     std::vector<Drawing>& drawings) {
  const RowView view = sample.view(rows.view.threads, sample.rows());
  std::vector<std::vector<double>> sums(drawings.size(),
                                        std::vector<double>(block_count(view.count())));
  std::vector<SampleTotals> workers =
      make_workers(view, [&] { return SampleTotals(drawings, *rows.origin, sums); });
  for_each_block(view, workers);
  Packing mine;
  std::vector<double> totals;
  for (const std::vector<double>& parts : sums) {
    double total = 0.0;
    for (const double part : parts) total += part;
    totals.push_back(total * static_cast<double>(rows.all_rows) /
                     static_cast<double>(view.count()));
  }
  mine.add(totals);
  // Ranks on different processors may have rounded differently: the first one's number counts.
  totals = Unpacking(rows.team->gather(mine.bytes())[0]).take_list<double>();
  for (std::size_t d = 0; d < drawings.size(); ++d) drawings[d].total = totals[d];
}

void draw_round(const LloydRows& rows, std::size_t round, std::vector<Drawing>& drawings) {
  std::vector<Draws> workers =
      make_workers(rows.view, [&] { return Draws(drawings, rows, round); });
  for_each_block(rows.view, workers);
  for (std::size_t d = 0; d < drawings.size(); ++d) {
    std::vector<Draws::Row> own;
    for (Draws& worker : workers) {
      std::move(worker.drawn(d).begin(), worker.drawn(d).end(), std::back_inserter(own));
    }
    std::sort(own.begin(), own.end(),
              [](const Draws::Row& a, const Draws::Row& b) { return a.number < b.number; });
    std::vector<float> values;
    for (const Draws::Row& row : own) {
      values.insert(values.end(), row.values.begin(), row.values.end());
    }
    Packing mine;
    mine.add(values);
    std::vector<float>& drawn = drawings[d].rounds.emplace_back();
    for (const std::string& bytes : rows.team->gather(mine.bytes())) {
      const std::vector<float> theirs = Unpacking(bytes).take_list<float>();
      drawn.insert(drawn.end(), theirs.begin(), theirs.end());
    }
  }
}

std::vector<std::vector<double>> weigh(const LloydRows& rows,
                                       const std::vector<std::vector<float>>& drawn) {
  CentreStack stack(*rows.origin);
  for (const std::vector<float>& centres : drawn) stack.add(centres);
  std::vector<Weights> workers =
      make_workers(rows.view, [&] { return Weights(stack, drawn.size()); });
  for_each_scored_block(rows.view, stack, workers);
  std::vector<double> counts(stack.size());
  for (const Weights& worker : workers) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += worker.counts()[i];
  }
  rows.team->sum(counts.data(), counts.size());
  std::vector<std::vector<double>> result;
  for (const CentreStack::Group& group : stack.groups()) {
    const auto from = counts.begin() + static_cast<std::ptrdiff_t>(group.offset);
    result.emplace_back(from, from + static_cast<std::ptrdiff_t>(group.k));
  }
  return result;
}

}  // namespace

bool draw_seeds_in_parallel(const LloydRows& rows, const SampleRows& sample, std::size_t memory,
                            std::vector<Seeds>& seeds, Passes& passes) {
  const std::size_t dim = rows.view.dim();
  std::vector<Drawing> drawings(seeds.size());
  for (std::size_t d = 0; d < drawings.size(); ++d) {
    drawings[d].seeds = &seeds[d];
    const float* first = sample.row(Random(seeds[d].seed, seeds[d].k).below(sample.rows()));
    drawings[d].rounds.emplace_back(first, first + dim);
    const std::size_t needed = rows.view.count() * sizeof(float);
    if (needed > memory) continue;
    memory -= needed;
    drawings[d].closest.assign(rows.view.count(), std::numeric_limits<float>::max());
  }
  for (std::size_t round = 0; round < rounds; ++round) {
    estimate_totals(rows, sample, drawings);
    draw_round(rows, round, drawings);
    if (!passes.go_on()) return false;
  }
  std::vector<std::vector<float>> drawn;
  for (Drawing& drawing : drawings) {
    drawing.closest = {};
    std::vector<float>& all = drawn.emplace_back(drawing.all());
    // Few rows, or few distinct ones, may leave fewer than k.
    for (std::size_t i = 0; all.size() < drawing.seeds->k * dim; ++i) {
      const float* row = sample.row(i % sample.rows());
      all.insert(all.end(), row, row + dim);
    }
  }
  const std::vector<std::vector<double>> weights = weigh(rows, drawn);
  for (std::size_t d = 0; d < drawings.size(); ++d) {
    std::vector<std::size_t> numbers(drawn[d].size() / dim);
    SampleRows candidates(dim, numbers);
    std::copy(drawn[d].begin(), drawn[d].end(), candidates.row(0));
    const SeedingRows from{candidates.view(rows.view.threads, candidates.rows()), rows.origin,
                           &weights[d]};
    std::vector<Seeds> one{seeds[d]};
    draw_seeds(from, one, [] { return true; });
    seeds[d] = std::move(one[0]);
  }
  return passes.go_on();
}

}  // namespace histo::cluster
