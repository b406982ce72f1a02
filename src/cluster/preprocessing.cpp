#include "histo/preprocessing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "histo/error.hpp"

#include "cluster/blas.hpp"
#include "cluster/exchange.hpp"
#include "cluster/nearest.hpp"
#include "cluster/quantum.hpp"
#include "cluster/row_pass.hpp"
#include "cluster/survey.hpp"
#include "core/single_threaded_blas.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

void check(const RowSource& source, const PreprocessingOptions& options) {
  if (options.whiten && options.components == 0) {
    throw Error(ErrorKind::usage, "--whiten needs --pca");
  }
  const std::size_t most = std::min(source.dim(), source.rows() > 0 ? source.rows() - 1 : 0);
  if (options.components > most) {
    throw Error(ErrorKind::usage, "--pca must be at most " + std::to_string(most) + " for " +
                                      count_of(source.rows(), "row") + " of " +
                                      count_of(source.dim(), "value") + ", got " +
                                      std::to_string(options.components));
  }
}

/// Sums of the rows' deviations from an origin, and of the products of these.
struct CrossSums {
  std::vector<double> sums;      ///< dim
  std::vector<double> products;  ///< dim x dim, below the diagonal and on it

  explicit CrossSums(std::size_t dim) : sums(dim), products(dim * dim) {}

  void add(const CrossSums& other) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += other.sums[i];
    for (std::size_t i = 0; i < products.size(); ++i) products[i] += other.products[i];
  }
};

/// One worker's share. What a block adds is rounded to a common quantum: blocks are the same for
/// all numbers of ranks and threads, and their sums are exact.
class CrossSumming {
 public:
  CrossSumming(const std::vector<float>& origin, double largest, std::size_t rows)
      : origin_(&origin),
        value_(2.0 * largest, rows),
        product_(4.0 * largest * largest * static_cast<double>(cluster::rows_per_block),
                 cluster::block_count(rows)),
        found_(origin.size()),
        of_block_(origin.size() * origin.size()) {}

  void operator()(const cluster::RowBlock& block) {
    const std::size_t dim = block.dim;
    centred_.resize(block.count * dim);
    for (std::size_t i = 0; i < block.count; ++i) {
      const float* row = block.row(i);
      double* out = centred_.data() + i * dim;
      for (std::size_t j = 0; j < dim; ++j) {
        out[j] = static_cast<double>(row[j]) - static_cast<double>((*origin_)[j]);
        found_.sums[j] += value_(out[j]);
      }
    }
    cluster::column_products(centred_.data(), block.count, dim, of_block_.data());
    for (std::size_t i = 0; i < dim; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        found_.products[i * dim + j] += product_(of_block_[i * dim + j]);
      }
    }
  }

  const CrossSums& found() const { return found_; }

 private:
  const std::vector<float>* origin_;
  cluster::Quantum value_;
  cluster::Quantum product_;
  CrossSums found_;
  std::vector<double> of_block_;
  std::vector<double> centred_;
};

CrossSums cross_sums(const cluster::RowView& view, const std::vector<float>& origin, double largest,
                     Team& team) {
  std::vector<CrossSumming> workers = cluster::make_workers(
      view, [&] { return CrossSumming(origin, largest, view.source->rows()); });
  cluster::for_each_block(view, workers);
  CrossSums all = workers[0].found();
  for (std::size_t w = 1; w < workers.size(); ++w) all.add(workers[w].found());
  team.sum(all.sums.data(), all.sums.size());
  team.sum(all.products.data(), all.products.size());
  return all;
}

/// The first axes, by falling variance.
void find_axes(const CrossSums& sums, std::size_t rows, const std::vector<float>& origin,
               Preprocessing& result) {
  const std::size_t dim = result.dim;
  const auto count = static_cast<double>(rows);
  std::vector<double> covariance(dim * dim);
  for (std::size_t i = 0; i < dim; ++i) {
    result.mean.push_back(static_cast<double>(origin[i]) + sums.sums[i] / count);
    for (std::size_t j = 0; j <= i; ++j) {
      covariance[i * dim + j] =
          (sums.products[i * dim + j] - sums.sums[i] * (sums.sums[j] / count)) / (count - 1.0);
    }
  }
  const cluster::Eigen eigen = cluster::symmetric_eigen(std::move(covariance), dim);
  for (std::size_t i = 0; i < result.components; ++i) {
    const std::size_t from = dim - 1 - i;
    const auto axis = eigen.vectors.begin() + static_cast<std::ptrdiff_t>(from * dim);
    const auto end = axis + static_cast<std::ptrdiff_t>(dim);
    const auto longest =
        std::max_element(axis, end, [](double a, double b) { return std::abs(a) < std::abs(b); });
    const double sign = *longest < 0.0 ? -1.0 : 1.0;
    for (auto value = axis; value != end; ++value) result.axes.push_back(sign * *value);
    result.variances.push_back(std::max(0.0, eigen.values[from]));
  }
}

/// Ranks on different processors may have rounded differently: the first one's axes count.
void agree(Preprocessing& result, Team& team) {
  cluster::Packing mine;
  mine.add(result.mean);
  mine.add(result.axes);
  mine.add(result.variances);
  const std::vector<std::string> given = team.gather(mine.bytes());
  cluster::Unpacking first(given[0]);
  result.mean = first.take_list<double>();
  result.axes = first.take_list<double>();
  result.variances = first.take_list<double>();
}

void check_variances(const Preprocessing& result) {
  for (std::size_t i = 0; i < result.components; ++i) {
    if (result.variances[i] > 1e-12 * result.variances[0]) continue;
    throw Error(ErrorKind::input, "the features do not vary along principal axis " +
                                      std::to_string(i + 1) +
                                      ", and --whiten divides by how much they do; take --pca " +
                                      std::to_string(i) + " or less");
  }
}

}  // namespace

Preprocessing fit_preprocessing(const RowSource& source, const PreprocessingOptions& options,
                                Team& team) {
  Preprocessing result;
  result.dim = source.dim();
  if (options.components == 0 && !options.whiten) return result;
  check(source, options);
  result.components = options.components;
  result.whiten = options.whiten;
  const SingleThreadedBlas single_threaded;
  constexpr std::size_t rows_for_the_origin = 4096;
  const cluster::RowView view{&source, share_of(source, team), options.threads, false};
  cluster::SampleRows sample(source.dim(),
                             cluster::draw_rows(source.rows(), rows_for_the_origin, 0));
  const double largest = cluster::survey_rows(view, team, sample);
  // Near the mean, so that little is lost when it is taken off the products.
  const cluster::Origin origin = cluster::origin_of(sample.view(1, sample.rows()));
  const CrossSums sums = cross_sums(view, origin.place, largest, team);
  find_axes(sums, source.rows(), origin.place, result);
  agree(result, team);
  if (result.whiten) check_variances(result);
  return result;
}

}  // namespace histo
