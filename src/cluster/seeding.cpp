#include "cluster/seeding.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "cluster/blas.hpp"
#include "cluster/blocks.hpp"
#include "cluster/distance.hpp"
#include "cluster/random.hpp"
#include "cluster/shifted.hpp"

namespace histo::cluster {

namespace {

/// Squared distances of all rows to the nearest of some centres, and their sums.
struct Closest {
  std::vector<float> squared;      ///< one a row
  std::vector<double> block_sums;  ///< one a block
  double total = 0.0;
};

/// The draws for one k.
class Seeder {
 public:
  Seeder(std::size_t k, const RowSource& source, std::uint64_t seed)
      : source_(&source), random_(seed, k), k_(k) {
    take_candidates({random_.below(source.rows())});
  }

  bool done() const { return seeds_.centres.size() == k_ * source_->dim(); }
  std::size_t candidate_count() const { return options_.size(); }
  const std::vector<float>& candidates() const { return candidates_; }  ///< count x dim
  const float* closest() const {
    return closest_.squared.empty() ? nullptr : closest_.squared.data();
  }
  std::size_t k() const { return k_; }

  /// What the centres would leave if they were joined by a candidate; `squared` holds candidates x
  /// block.count values.
  void add_block(const RowBlock& block, const std::vector<float>& squared) {
    for (std::size_t c = 0; c < options_.size(); ++c) {
      const float* from = squared.data() + c * block.count;
      std::copy(from, from + block.count, options_[c].squared.data() + block.first);
      double sum = 0.0;
      for (std::size_t i = 0; i < block.count; ++i) sum += static_cast<double>(from[i]);
      options_[c].block_sums[block.index] = sum;
      options_[c].total += sum;
    }
  }

  /// Takes the candidate that leaves least, the first of equals, and draws the next ones.
  void choose(double seconds) {
    seeds_.seconds += seconds;
    std::size_t best = 0;
    for (std::size_t c = 1; c < options_.size(); ++c) {
      if (options_[c].total < options_[best].total) best = c;
    }
    std::swap(closest_, options_[best]);
    const auto chosen = candidates_.begin() + static_cast<std::ptrdiff_t>(best * source_->dim());
    seeds_.centres.insert(seeds_.centres.end(), chosen,
                          chosen + static_cast<std::ptrdiff_t>(source_->dim()));
    if (done()) return;
    std::vector<std::size_t> rows(2 + static_cast<std::size_t>(std::log(static_cast<double>(k_))));
    for (std::size_t& row : rows) row = draw();
    take_candidates(rows);
  }

  Seeds take() { return std::move(seeds_); }

 private:
  void take_candidates(const std::vector<std::size_t>& rows) {
    const std::size_t dim = source_->dim();
    candidates_.resize(rows.size() * dim);
    options_.resize(rows.size());
    for (std::size_t c = 0; c < rows.size(); ++c) {
      source_->read(rows[c], 1, candidates_.data() + c * dim);
      options_[c].squared.resize(source_->rows());
      options_[c].block_sums.assign(block_count(*source_), 0.0);
      options_[c].total = 0.0;
    }
  }

  /// A row with a probability in proportion to its squared distance.
  std::size_t draw() {
    // Fewer distinct rows than centres: any row repeats one.
    if (!(closest_.total > 0.0)) return random_.below(source_->rows());
    double left = random_.uniform() * closest_.total;
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
    const std::size_t step = rows_per_block(source_->dim());
    const std::size_t end = std::min(source_->rows(), (block + 1) * step);
    std::size_t row = end;
    for (std::size_t i = block * step; i < end; ++i) {
      if (!(closest_.squared[i] > 0.0F)) continue;
      row = i;
      left -= static_cast<double>(closest_.squared[i]);
      if (left < 0.0) break;
    }
    return row;
  }

  const RowSource* source_;
  Random random_;
  std::size_t k_;
  Seeds seeds_;
  Closest closest_;
  std::vector<float> candidates_;
  std::vector<Closest> options_;  ///< one a candidate
};

/// One worker's part of a pass.
class CandidateDistances {
 public:
  CandidateDistances(const std::vector<Seeder*>& seeders, const std::vector<float>& origin)
      : seeders_(&seeders), origin_(&origin) {}

  /// `result` takes, for each seeder, candidates x block.count squared distances.
  void operator()(const RowBlock& block, std::vector<std::vector<float>>& result) {
    const std::size_t dim = origin_->size();
    shifted_.resize(block.count * dim);
    norms_.resize(block.count);
    for (std::size_t i = 0; i < block.count; ++i) {
      shift_row(block.row(i, dim), *origin_, shifted_.data() + i * dim);
      norms_[i] = squared_norm(shifted_.data() + i * dim, dim);
    }
    result.resize(seeders_->size());
    for (std::size_t s = 0; s < seeders_->size(); ++s) measure(block, *(*seeders_)[s], result[s]);
  }

 private:
  void measure(const RowBlock& block, const Seeder& seeder, std::vector<float>& result) {
    const std::size_t dim = origin_->size();
    const std::size_t count = seeder.candidate_count();
    candidates_.resize(count * dim);
    for (std::size_t c = 0; c < count; ++c) {
      shift_row(seeder.candidates().data() + c * dim, *origin_, candidates_.data() + c * dim);
    }
    // One product for each k: its shape, and so its rounding, must not depend on which other k are
    // asked for.
    products_.resize(block.count * count);
    dot_products({block.count, count, dim}, shifted_.data(), candidates_.data(), products_.data());
    result.resize(count * block.count);
    constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
    for (std::size_t c = 0; c < count; ++c) {
      const float* candidate = seeder.candidates().data() + c * dim;
      const double candidate_norm = squared_norm(candidates_.data() + c * dim, dim);
      for (std::size_t i = 0; i < block.count; ++i) {
        double squared =
            norms_[i] + candidate_norm - 2.0 * static_cast<double>(products_[i * count + c]);
        const double error = product_error(std::sqrt(norms_[i]), std::sqrt(candidate_norm), dim);
        // A row that is a centre must have no weight at all.
        if (!(squared > 16.0 * error)) {
          squared = squared_distance(block.row(i, dim), candidate, dim);
        }
        auto value = static_cast<float>(std::min(squared, largest));
        if (seeder.closest() != nullptr) value = std::min(value, seeder.closest()[block.first + i]);
        result[c * block.count + i] = value;
      }
    }
  }

  const std::vector<Seeder*>* seeders_;
  const std::vector<float>* origin_;
  std::vector<float> shifted_;
  std::vector<double> norms_;
  std::vector<float> candidates_;
  std::vector<float> products_;
};

}  // namespace

std::vector<Seeds> seed_centres(const RowSource& source, const KMeansOptions& options,
                                const Moments& moments, Passes& passes) {
  std::vector<Seeder> seeders;
  seeders.reserve(options.clusters.size());
  for (const std::size_t k : options.clusters) seeders.emplace_back(k, source, options.seed);
  const std::vector<float> origin(moments.mean.begin(), moments.mean.end());

  for (;;) {
    std::vector<Seeder*> active;
    for (Seeder& seeder : seeders) {
      if (!seeder.done()) active.push_back(&seeder);
    }
    if (active.empty()) break;
    const auto start = std::chrono::steady_clock::now();
    for_each_block<std::vector<std::vector<float>>>(
        source, options.threads, [&] { return CandidateDistances(active, origin); },
        [&](const RowBlock& block, const std::vector<std::vector<float>>& squared) {
          for (std::size_t s = 0; s < active.size(); ++s) active[s]->add_block(block, squared[s]);
        });
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    const double share = passed.count() / static_cast<double>(active.size());
    for (Seeder* seeder : active) seeder->choose(share);
    if (!passes.go_on()) return {};
  }
  std::vector<Seeds> result;
  result.reserve(seeders.size());
  for (Seeder& seeder : seeders) result.push_back(seeder.take());
  return result;
}

}  // namespace histo::cluster
