#include "histo/knn.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>

#include <cblas.h>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/directions.hpp"
#include "core/ordered_map.hpp"
#include "core/single_threaded_blas.hpp"

namespace histo {

namespace {

constexpr std::size_t queries_at_once = 256;
constexpr std::size_t references_at_once = 4096;

struct Candidate {
  float cosine;
  std::uint32_t reference;
};

/// Those whose float32 cosine could be among the k largest in float64.
class Candidates {
 public:
  Candidates(std::size_t wanted, float slack)
      : wanted_(wanted), slack_(slack), limit_(8 * wanted + 64) {}

  void offer(float cosine, std::uint32_t reference) {
    if (cosine < least_) return;
    kept_.push_back({cosine, reference});
    if (kept_.size() >= limit_) prune();
  }

  const std::vector<Candidate>& finish() {
    prune();
    return kept_;
  }

 private:
  void prune() {
    if (kept_.size() <= wanted_) return;
    const auto nth = kept_.begin() + static_cast<std::ptrdiff_t>(wanted_ - 1);
    std::nth_element(kept_.begin(), nth, kept_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.cosine > b.cosine; });
    least_ = nth->cosine - slack_;
    const auto is_out = [this](const Candidate& one) { return one.cosine < least_; };
    kept_.erase(std::remove_if(kept_.begin(), kept_.end(), is_out), kept_.end());
    // Where all are about equally near none can go, and each look would cost as much as the last.
    limit_ = std::max(limit_, 2 * kept_.size());
  }

  std::size_t wanted_;
  float slack_;
  std::size_t limit_;
  float least_ = -std::numeric_limits<float>::infinity();
  std::vector<Candidate> kept_;
};

/// Twice what rounding does at most to a float32 product of two directions of this many values
/// (Higham, "Accuracy and stability of numerical algorithms", section 3.1), with their own
/// rounding.
float rounding_slack(std::size_t columns) {
  return 2.0F * static_cast<float>(columns + 4) * 0x1p-24F;
}

struct Neighbour {
  double cosine;
  std::uint32_t reference;
};

struct References {
  const FloatMatrixView& rows;
  const std::vector<double>& mean;
  const std::vector<double>& lengths;
  const std::vector<float>& directions;
};

/// In float64, nearest first.
std::vector<Neighbour> nearest_of(const double* query, const std::vector<Candidate>& candidates,
                                  const References& references, std::size_t wanted) {
  std::vector<Neighbour> found;
  found.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    const float* const row = references.rows.row(candidate.reference);
    double product = 0.0;
    for (std::size_t j = 0; j < references.mean.size(); ++j) {
      product += (static_cast<double>(row[j]) - references.mean[j]) * query[j];
    }
    found.push_back({product / references.lengths[candidate.reference], candidate.reference});
  }
  const auto is_nearer = [](const Neighbour& a, const Neighbour& b) {
    return a.cosine > b.cosine || (a.cosine == b.cosine && a.reference < b.reference);
  };
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(wanted);
  std::partial_sort(found.begin(), end, found.end(), is_nearer);
  found.erase(end, found.end());
  return found;
}

struct Block {
  std::size_t first = 0;
  std::size_t count = 0;
};

struct BlockNeighbours {
  Block block;
  std::vector<std::vector<Neighbour>> of_query;
};

BlockNeighbours neighbours_in(const Block& block, const FloatMatrixView& queries,
                              const References& references, std::size_t wanted) {
  const std::size_t columns = queries.columns;
  std::vector<double> exact(block.count * columns);
  for (std::size_t i = 0; i < block.count; ++i) {
    const double length = analysis::direction_of(queries.row(block.first + i), references.mean,
                                                 exact.data() + i * columns);
    if (length == 0.0) analysis::refuse_zero_row(block.first + i, "the queries");
  }
  const std::vector<float> rounded(exact.begin(), exact.end());
  std::vector<Candidates> candidates(block.count, Candidates(wanted, rounding_slack(columns)));
  std::vector<float> cosines(block.count * std::min(references_at_once, references.rows.rows));
  for (std::size_t first = 0; first < references.rows.rows; first += references_at_once) {
    const std::size_t count = std::min(references_at_once, references.rows.rows - first);
    const auto inner = static_cast<blasint>(columns);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(block.count),
                static_cast<blasint>(count), inner, 1.0F, rounded.data(), inner,
                references.directions.data() + first * columns, inner, 0.0F, cosines.data(),
                static_cast<blasint>(count));
    for (std::size_t i = 0; i < block.count; ++i) {
      for (std::size_t j = 0; j < count; ++j) {
        candidates[i].offer(cosines[i * count + j], static_cast<std::uint32_t>(first + j));
      }
    }
  }
  BlockNeighbours result{block, {}};
  for (std::size_t i = 0; i < block.count; ++i) {
    result.of_query.push_back(
        nearest_of(exact.data() + i * columns, candidates[i].finish(), references, wanted));
  }
  return result;
}

/// `sink(query, neighbours)` for each query in order.
template <class Sink>
void each_query(const FloatMatrixView& queries, const References& references, std::size_t wanted,
                std::size_t threads, const Sink& sink) {
  analysis::check_columns(queries, references.rows.columns, "the queries");
  analysis::check_finite(queries, "the queries");
  const SingleThreadedBlas single;
  std::size_t next = 0;
  ordered_map(
      threads,
      [&]() -> std::optional<Block> {
        if (next == queries.rows) return std::nullopt;
        const Block block{next, std::min(queries_at_once, queries.rows - next)};
        next += block.count;
        return block;
      },
      [&] {
        return
            [&](const Block& block) { return neighbours_in(block, queries, references, wanted); };
      },
      [&](const BlockNeighbours& found) {
        for (std::size_t i = 0; i < found.block.count; ++i) {
          sink(found.block.first + i, found.of_query[i]);
        }
      });
}

}  // namespace

void validate(const KnnOptions& options) {
  const auto refuse = [](const std::string& sentence) { throw Error(ErrorKind::usage, sentence); };
  if (options.neighbours == 0) refuse("the number of neighbours must be at least 1, got 0");
  if (options.threads == 0) refuse("the number of threads must be at least 1, got 0");
  if (!(options.temperature > 0.0) || !std::isfinite(options.temperature)) {
    std::ostringstream sentence;
    sentence << "the temperature must be above 0, got " << options.temperature;
    refuse(sentence.str());
  }
}

KnnClassifier::KnnClassifier(const FloatMatrixView& references, std::vector<std::int32_t> labels,
                             std::size_t classes, const KnnOptions& options)
    : references_(references), labels_(std::move(labels)), classes_(classes), options_(options) {
  validate(options);
  if (references.rows == 0) throw Error(ErrorKind::input, "there are no references to vote");
  analysis::check_count(labels_.size(), references.rows, "the labels of the references");
  analysis::check_labels(labels_, classes);
  analysis::check_finite(references, "the references");
  mean_.assign(references.columns, 0.0);
  if (options.centring == Centring::mean_of_references) mean_ = analysis::column_means(references);
  std::vector<double> direction(references.columns);
  directions_.reserve(references.size());
  for (std::size_t row = 0; row < references.rows; ++row) {
    lengths_.push_back(analysis::direction_of(references.row(row), mean_, direction.data()));
    if (lengths_.back() == 0.0) analysis::refuse_zero_row(row, "the references");
    for (const double value : direction) directions_.push_back(static_cast<float>(value));
  }
}

std::size_t KnnClassifier::neighbours() const {
  return std::min(options_.neighbours, references_.rows);
}

KnnClassifier::Result KnnClassifier::classify(const FloatMatrixView& queries) const {
  Result result{{}, DoubleMatrix(queries.rows, classes_)};
  result.labels.reserve(queries.rows);
  const References references{references_, mean_, lengths_, directions_};
  each_query(queries, references, neighbours(), options_.threads,
             [&](std::size_t query, const std::vector<Neighbour>& found) {
               double* const votes = result.votes.row(query);
               double sum = 0.0;
               for (const Neighbour& one : found) {
                 // Against the nearest one, which changes no share and cannot overflow.
                 const double weight =
                     options_.weights == KnnWeights::uniform
                         ? 1.0
                         : std::exp((one.cosine - found.front().cosine) / options_.temperature);
                 votes[static_cast<std::size_t>(labels_[one.reference])] += weight;
                 sum += weight;
               }
               const double* const winner = std::max_element(votes, votes + classes_);
               result.labels.push_back(static_cast<std::int32_t>(winner - votes));
               for (std::size_t c = 0; c < classes_; ++c) votes[c] /= sum;
             });
  return result;
}

std::vector<std::uint32_t> KnnClassifier::nearest(const FloatMatrixView& queries) const {
  std::vector<std::uint32_t> result;
  result.reserve(queries.rows * neighbours());
  const References references{references_, mean_, lengths_, directions_};
  each_query(queries, references, neighbours(), options_.threads,
             [&](std::size_t /*query*/, const std::vector<Neighbour>& found) {
               for (const Neighbour& one : found) result.push_back(one.reference);
             });
  return result;
}

}  // namespace histo
