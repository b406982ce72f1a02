#include "cluster/survey.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>

#include "histo/error.hpp"

#include "cluster/exchange.hpp"
#include "cluster/kernels.hpp"
#include "core/random.hpp"
#include "core/text.hpp"

namespace histo::cluster {

namespace {

constexpr std::uint32_t infinity_bits = 0x7f800000;

std::string complaint_about_row(const float* row, std::size_t dim) {
  const float* bad =
      std::find_if(row, row + dim, [](float value) { return !std::isfinite(value); });
  if (bad == row + dim) return "holds only zeros, which have no direction for --metric cosine";
  // The sign of a NaN says nothing.
  const std::string value = std::isnan(*bad) ? "nan" : number(static_cast<double>(*bad));
  return "holds " + value + " in column " + std::to_string(bad - row) +
         ", all values must be finite";
}

/// One worker's look at the rows.
class Look {
 public:
  Look(Metric metric, const RowSource& source) : metric_(metric), source_(&source) {}

  void operator()(const RowBlock& block) {
    largest_ = std::max(largest_, kernels().largest_bits(block.values, block.count * block.dim));
    if (block.first < first_bad_block_ || sentence_.empty()) {
      std::string sentence = complaint_about(block, metric_, *source_);
      if (sentence.empty()) return;
      sentence_ = std::move(sentence);
      first_bad_block_ = block.first;
    }
  }

  std::size_t first_bad_block() const { return first_bad_block_; }
  const std::string& sentence() const { return sentence_; }
  std::uint32_t largest() const { return largest_; }

 private:
  Metric metric_;
  const RowSource* source_;
  std::size_t first_bad_block_ = 0;
  std::string sentence_;
  std::uint32_t largest_ = 0;
};

/// Copies what belongs to the sample out of blocks that come in the order of the rows.
class Gathering {
 public:
  explicit Gathering(SampleRows& sample) : sample_(&sample), order_(sample.rows()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    const std::vector<std::size_t>& numbers = sample.numbers();
    std::sort(order_.begin(), order_.end(),
              [&](std::size_t a, std::size_t b) { return numbers[a] < numbers[b]; });
  }

  void start(std::size_t first_row) {
    while (next_ < order_.size() && number(next_) < first_row) ++next_;
  }

  void take(const RowBlock& block) {
    for (; next_ < order_.size() && number(next_) < block.first + block.count; ++next_) {
      std::memcpy(sample_->row(order_[next_]), block.row(number(next_) - block.first),
                  block.dim * sizeof(float));
      taken_.push_back(order_[next_]);
    }
  }

  /// Every rank's rows to all.
  void share(Team& team) {
    if (team.size() == 1) return;
    const std::size_t dim = sample_->dim();
    Packing mine;
    mine.add(taken_);
    for (const std::size_t place : taken_) {
      mine.add(std::vector<float>(sample_->row(place), sample_->row(place) + dim));
    }
    for (const std::string& bytes : team.gather(mine.bytes())) {
      Unpacking theirs(bytes);
      for (const std::size_t place : theirs.take_list<std::size_t>()) {
        const std::vector<float> row = theirs.take_list<float>();
        std::copy(row.begin(), row.end(), sample_->row(place));
      }
    }
  }

 private:
  std::size_t number(std::size_t i) const { return sample_->numbers()[order_[i]]; }

  SampleRows* sample_;
  std::vector<std::size_t> order_;  ///< places in the sample, by the rows' numbers
  std::vector<std::size_t> taken_;
  std::size_t next_ = 0;
};

/// What the ranks have seen, on each of them.
double agree(const std::vector<Look>& looks, Team& team) {
  std::uint32_t largest = 0;
  const Look* first = nullptr;
  for (const Look& look : looks) {
    largest = std::max(largest, look.largest());
    if (look.sentence().empty()) continue;
    if (first == nullptr || look.first_bad_block() < first->first_bad_block()) first = &look;
  }
  Packing mine;
  mine.add(largest);
  const std::string sentence = first == nullptr ? "" : first->sentence();
  mine.add(std::vector<char>(sentence.begin(), sentence.end()));
  // A rank's rows come before those of the next.
  for (const std::string& bytes : team.gather(mine.bytes())) {
    Unpacking theirs(bytes);
    largest = std::max(largest, theirs.take<std::uint32_t>());
    const std::vector<char> text = theirs.take_list<char>();
    if (!text.empty()) throw Error(ErrorKind::input, std::string(text.begin(), text.end()));
  }
  float value = 0.0F;
  std::memcpy(&value, &largest, sizeof value);
  return static_cast<double>(value);
}

}  // namespace

std::string complaint_about(const RowBlock& block, Metric metric, const RowSource& source) {
  const bool needs_direction = metric == Metric::cosine;
  const std::uint32_t bits = kernels().largest_bits(block.values, block.count * block.dim);
  if (bits < infinity_bits && !needs_direction) return {};
  for (std::size_t i = 0; i < block.count; ++i) {
    const std::uint32_t in_row = kernels().largest_bits(block.row(i), block.dim);
    if (in_row < infinity_bits && (in_row > 0 || !needs_direction)) continue;
    return source.row_name(block.first + i) + " " + complaint_about_row(block.row(i), block.dim);
  }
  return {};
}

SampleRows::SampleRows(std::size_t dim, std::vector<std::size_t> numbers)
    : dim_(dim), numbers_(std::move(numbers)), values_(numbers_.size() * dim) {}

void SampleRows::read(std::size_t first, std::size_t count, float* out) const {
  std::copy(row(first), row(first) + count * dim_, out);
}

RowView SampleRows::view(std::size_t threads, std::size_t count) const {
  return {this, {0, std::min(count, rows())}, threads, false};
}

std::vector<std::size_t> draw_rows(std::size_t rows, std::size_t count, std::uint64_t seed) {
  constexpr std::uint64_t purpose = 0x73616d706c65;
  const std::uint64_t stream = mix(seed) + purpose;
  using Draw = std::pair<std::uint64_t, std::size_t>;
  count = std::min(count, rows);
  // A limit that leaves too few draws once in many millions of seeds; then it is raised.
  double share = static_cast<double>(count) + 6.0 * std::sqrt(static_cast<double>(count)) + 64.0;
  std::vector<Draw> draws;
  for (;; share *= 2.0) {
    const double limit = share / static_cast<double>(rows);
    draws.clear();
    for (std::size_t row = 0; row < rows; ++row) {
      const std::uint64_t bits = hash_of(stream, row);
      if (limit >= 1.0 || unit_interval(bits) < limit) draws.emplace_back(bits, row);
    }
    if (draws.size() >= count) break;
  }
  std::sort(draws.begin(), draws.end());
  std::vector<std::size_t> result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = draws[i].second;
  return result;
}

double survey_rows(const RowView& view, Team& team, SampleRows& sample) {
  RowView raw = view;
  raw.unit_length = false;
  std::vector<Look> looks = make_workers(raw, [&] {
    return Look(view.unit_length ? Metric::cosine : Metric::euclidean, *view.source);
  });
  Gathering gathering(sample);
  gathering.start(view.share.first);
  for_each_block(raw, looks, [&](const RowBlock& block) { gathering.take(block); });
  const double largest = agree(looks, team);
  gathering.share(team);
  if (!view.unit_length) return largest;
  for (std::size_t first = 0; first < sample.rows(); first += rows_per_block) {
    RowBlock block;
    block.first = first;
    block.count = std::min(rows_per_block, sample.rows() - first);
    block.dim = sample.dim();
    block.values = sample.row(first);
    make_unit_length(block);
    std::copy(block.values, block.values + block.count * block.dim, sample.row(first));
  }
  return 1.0 + 1e-6;
}

}  // namespace histo::cluster
