#include "cluster/seeding.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "cluster/blas.hpp"
#include "cluster/kernels.hpp"
#include "cluster/nearest.hpp"
#include "cluster/survey.hpp"
#include "core/random.hpp"

namespace histo::cluster {

namespace {

/// Squared distances of all rows to the nearest of some centres, and their weighted sums.
struct Closest {
  std::vector<float> squared;      ///< one a row
  std::vector<double> block_sums;  ///< one a block
};

/// The draws for one k and seed.
class Seeder {
 public:
  Seeder(Seeds& seeds, const SeedingRows& rows)
      : rows_(&rows), random_(seeds.seed, seeds.k), seeds_(&seeds) {
    for (std::size_t i = 0; i < rows.view.count(); ++i) total_weight_ += weight(i);
    take_candidates({draw_any()});
  }

  bool done() const { return seeds_->centres.size() == seeds_->k * dim(); }
  std::size_t candidate_count() const { return options_.size(); }
  const std::vector<float>& candidates() const { return candidates_; }  ///< count x dim

  /// What the centres would leave if they were joined by a candidate: `squared` holds candidates x
  /// block.count values. Several workers may call this for different blocks.
  void take_block(const RowBlock& block, const float* squared) {
    const float* closest =
        closest_.squared.empty() ? nullptr : closest_.squared.data() + block.first;
    for (std::size_t c = 0; c < options_.size(); ++c) {
      const float* from = squared + c * block.count;
      float* to = options_[c].squared.data() + block.first;
      double sum = 0.0;
      for (std::size_t i = 0; i < block.count; ++i) {
        to[i] = closest == nullptr ? from[i] : std::min(from[i], closest[i]);
        sum += static_cast<double>(to[i]) * weight(block.first + i);
      }
      options_[c].block_sums[block.index] = sum;
    }
  }

  /// Takes the candidate that leaves least, the first of equals, and draws the next ones.
  void choose() {
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < options_.size(); ++c) {
      double sum = 0.0;
      for (const double part : options_[c].block_sums) sum += part;
      if (sum >= least) continue;
      least = sum;
      best = c;
    }
    total_ = least;
    std::swap(closest_, options_[best]);
    const auto chosen = candidates_.begin() + static_cast<std::ptrdiff_t>(best * dim());
    seeds_->centres.insert(seeds_->centres.end(), chosen,
                           chosen + static_cast<std::ptrdiff_t>(dim()));
    if (done()) return;
    std::vector<std::size_t> rows(
        2 + static_cast<std::size_t>(std::log(static_cast<double>(seeds_->k))));
    for (std::size_t& row : rows) row = draw();
    take_candidates(rows);
  }

 private:
  std::size_t dim() const { return rows_->view.dim(); }
  double weight(std::size_t row) const {
    return rows_->weights == nullptr ? 1.0 : (*rows_->weights)[row];
  }

  void take_candidates(const std::vector<std::size_t>& rows) {
    candidates_.resize(rows.size() * dim());
    options_.resize(rows.size());
    for (std::size_t c = 0; c < rows.size(); ++c) {
      rows_->view.source->read(rows[c], 1, candidates_.data() + c * dim());
      options_[c].squared.resize(rows_->view.count());
      options_[c].block_sums.assign(block_count(rows_->view.count()), 0.0);
    }
  }

  /// A row with a probability in proportion to its weight.
  std::size_t draw_any() {
    if (rows_->weights == nullptr) return random_.below(rows_->view.count());
    double left = random_.uniform() * total_weight_;
    std::size_t row = 0;
    while (row + 1 < rows_->view.count() && (left -= weight(row)) >= 0.0) ++row;
    return row;
  }

  /// A row with a probability in proportion to its weight and squared distance.
  std::size_t draw() {
    // Fewer distinct rows than centres: any row repeats one.
    if (!(total_ > 0.0)) return draw_any();
    double left = random_.uniform() * total_;
    std::size_t block = 0;
    std::size_t last_with_weight = 0;
    for (; block < closest_.block_sums.size(); ++block) {
      if (closest_.block_sums[block] > 0.0) last_with_weight = block;
      if (left < closest_.block_sums[block]) break;
      left -= closest_.block_sums[block];
    }
    if (block == closest_.block_sums.size()) {  // only rounding leads here
      block = last_with_weight;
      left = closest_.block_sums[block];
    }
    const std::size_t end = std::min(rows_->view.count(), (block + 1) * rows_per_block);
    std::size_t row = end - 1;
    for (std::size_t i = block * rows_per_block; i < end; ++i) {
      const double share = static_cast<double>(closest_.squared[i]) * weight(i);
      if (!(share > 0.0)) continue;
      row = i;
      left -= share;
      if (left < 0.0) break;
    }
    return row;
  }

  const SeedingRows* rows_;
  Random random_;
  Seeds* seeds_;
  double total_weight_ = 0.0;
  double total_ = 0.0;
  Closest closest_;
  std::vector<float> candidates_;
  std::vector<Closest> options_;  ///< one a candidate
};

/// One worker's part of a pass. All seeders have as many candidates, and share a product.
class CandidateDistances {
 public:
  CandidateDistances(std::vector<Seeder>& seeders, const std::vector<float>& candidates,
                     const std::vector<RowLengths>& lengths, const SquaredDistances& distances)
      : seeders_(&seeders), candidates_(&candidates), lengths_(&lengths), distances_(distances) {}

  void operator()(const RowBlock& block) {
    const std::size_t count = candidates_->size() / block.dim;
    squared_.resize(count * block.count);
    distances_.measure(block, lengths_->data() + block.first, candidates_->data(), count,
                       squared_.data());
    const float* from = squared_.data();
    for (Seeder& seeder : *seeders_) {
      seeder.take_block(block, from);
      from += seeder.candidate_count() * block.count;
    }
  }

 private:
  std::vector<Seeder>* seeders_;
  const std::vector<float>* candidates_;
  const std::vector<RowLengths>* lengths_;
  SquaredDistances distances_;
  std::vector<float> squared_;
};

std::vector<RowLengths> lengths_of(const RowView& view, const SquaredDistances& distances) {
  struct Measuring {
    const SquaredDistances* distances;
    std::vector<RowLengths>* lengths;
    void operator()(const RowBlock& block) const {
      distances->measure_rows(block, lengths->data() + block.first);
    }
  };
  std::vector<RowLengths> lengths(view.count());
  std::vector<Measuring> workers = make_workers(view, [&] {
    return Measuring{&distances, &lengths};
  });
  for_each_block(view, workers);
  return lengths;
}

}  // namespace

SquaredDistances::SquaredDistances(const Origin& origin) : origin_(&origin) {
  if (origin.shift_rows) return;
  origin_length_ = std::sqrt(squared_norm(origin.place.data(), origin.place.size()));
}

void SquaredDistances::measure_rows(const RowBlock& block, RowLengths* lengths) const {
  for (std::size_t i = 0; i < block.count; ++i) {
    const double squared = squared_distance(block.row(i), origin_->place.data(), block.dim);
    const double own = origin_->shift_rows ? squared : squared_norm(block.row(i), block.dim);
    lengths[i] = {std::sqrt(own), squared};
  }
}

void SquaredDistances::measure(const RowBlock& block, const RowLengths* lengths,
                               const float* centres, std::size_t count, float* out) {
  const std::size_t dim = block.dim;
  CentreStack stack(*origin_);
  stack.add({centres, centres + count * dim});
  const float* rows = block.values;
  if (origin_->shift_rows) {
    shifted_.resize(block.count * dim);
    for (std::size_t i = 0; i < block.count * dim; ++i) {
      shifted_[i] = block.values[i] - origin_->place[i % dim];
    }
    rows = shifted_.data();
  }
  products_.resize(block.count * count);
  dot_products({block.count, count, dim}, rows, stack.shifted(0), products_.data());
  constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
  for (std::size_t i = 0; i < block.count; ++i) {
    const double error =
        product_error(std::max(lengths[i].own, origin_length_), stack.groups()[0].longest, dim);
    for (std::size_t c = 0; c < count; ++c) {
      const float score = stack.offsets(0)[c] - 2.0F * products_[i * count + c];
      double squared = lengths[i].squared_from_origin + static_cast<double>(score);
      // A row that is a centre must have no weight at all.
      if (!(squared > 16.0 * error)) {
        squared = squared_distance(block.row(i), centres + c * dim, dim);
      }
      out[c * block.count + i] = static_cast<float>(std::min(squared, largest));
    }
  }
}

bool draw_seeds(const SeedingRows& rows, std::vector<Seeds>& seeds,
                const std::function<bool()>& go_on) {
  const SquaredDistances distances(*rows.origin);
  const std::vector<RowLengths> lengths = lengths_of(rows.view, distances);
  std::vector<Seeder> seeders;
  seeders.reserve(seeds.size());
  for (Seeds& each : seeds) seeders.emplace_back(each, rows);
  while (!seeders.empty() && !seeders[0].done()) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<float> candidates;
    for (const Seeder& seeder : seeders) {
      candidates.insert(candidates.end(), seeder.candidates().begin(), seeder.candidates().end());
    }
    std::vector<CandidateDistances> workers = make_workers(
        rows.view, [&] { return CandidateDistances(seeders, candidates, lengths, distances); });
    for_each_block(rows.view, workers);
    for (Seeder& seeder : seeders) seeder.choose();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    seeds[0].seconds += passed.count();
    if (!go_on()) return false;
  }
  return true;
}

void draw_random_rows(const SeedingRows& rows, std::vector<Seeds>& seeds) {
  const std::size_t dim = rows.view.dim();
  for (Seeds& each : seeds) {
    each.centres.resize(each.k * dim);
    const std::vector<std::size_t> chosen =
        draw_rows(rows.view.count(), each.k, mix(each.seed) + each.k);
    for (std::size_t c = 0; c < each.k; ++c) {
      rows.view.source->read(chosen[c], 1, each.centres.data() + c * dim);
    }
  }
}

}  // namespace histo::cluster
