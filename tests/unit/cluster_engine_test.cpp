// Engines that are as unlike OpenBLAS as they may be.
#include <algorithm>
#include <limits>
#include <map>
#include <thread>

#include "histo/error.hpp"

#include "support/catch.hpp"
#include "unit/cluster_engine_cases.hpp"

using histo::Error;
using histo::ErrorKind;
using histo::KMeansOptions;
using histo::ScoreCentres;
using histo::ScoreEngine;
using histo::ScoreRows;
using histo::TwoSmallest;
using histo::test::cloud_rows;
using histo::test::engine_cases;
using histo::test::EngineCase;
using histo::test::error_of;
using histo::test::results_of;
using histo::test::same_bytes;

namespace {

/// Adds from the last product to the first, and takes rows that stay from its own copy.
class BackwardScores : public ScoreEngine {
 public:
  void set_centres(const ScoreCentres& centres) override {
    dim_ = centres.dim;
    groups_ = centres.groups;
    std::size_t count = 0;
    for (const std::size_t k : groups_) count += k;
    values_.assign(centres.values, centres.values + count * dim_);
    offsets_.assign(centres.offsets, centres.offsets + count);
    shift_.clear();
    if (centres.shift != nullptr) shift_.assign(centres.shift, centres.shift + dim_);
    called();
  }

  void two_smallest(const ScoreRows& rows, TwoSmallest* out) override {
    std::vector<float> sent;
    for (const ScoreRows::Part& part : rows.parts) {
      sent.insert(sent.end(), part.values, part.values + part.count * dim_);
    }
    if (rows.stay) {
      const auto [kept, is_new] = kept_.emplace(rows.first, sent);
      if (!is_new) ++used_again_;
      sent = kept->second;
    }
    for (std::size_t i = 0; i < rows.count(); ++i) {
      const float* centre = values_.data();
      const float* offset = offsets_.data();
      for (const std::size_t k : groups_) {
        *out++ = of_group(sent.data() + i * dim_, centre, offset, k);
        centre += k * dim_;
        offset += k;
      }
    }
    called();
  }

  void forget_rows() noexcept override { kept_.clear(); }
  std::vector<std::string> take_warnings() override { return {}; }

  bool keeps_any() const { return !kept_.empty(); }
  std::size_t used_again() const { return used_again_; }
  bool saw_one_thread() const { return saw_one_thread_; }

 protected:
  virtual TwoSmallest of_group(const float* row, const float* centres, const float* offsets,
                               std::size_t k) const {
    constexpr float none = std::numeric_limits<float>::infinity();
    TwoSmallest result{none, none, 0};
    for (std::size_t c = 0; c < k; ++c) {
      float product = 0.0F;
      for (std::size_t j = dim_; j-- > 0;) {
        const float value = shift_.empty() ? row[j] : row[j] - shift_[j];
        product += value * centres[c * dim_ + j];
      }
      const float score = offsets[c] - 2.0F * product;
      result.second = std::min(result.second, std::max(score, result.best));
      if (!(score < result.best)) continue;
      result.best = score;
      result.place = static_cast<std::int32_t>(c);
    }
    return result;
  }

 private:
  void called() { saw_one_thread_ = saw_one_thread_ && std::this_thread::get_id() == thread_; }

  std::size_t dim_ = 0;
  std::vector<std::size_t> groups_;
  std::vector<float> values_;
  std::vector<float> offsets_;
  std::vector<float> shift_;
  std::map<std::size_t, std::vector<float>> kept_;
  std::size_t used_again_ = 0;
  std::thread::id thread_ = std::this_thread::get_id();
  bool saw_one_thread_ = true;
};

/// Finds nothing out.
class DoubtfulScores : public BackwardScores {
 protected:
  TwoSmallest of_group(const float* /*row*/, const float* /*centres*/, const float* /*offsets*/,
                       std::size_t /*k*/) const override {
    constexpr float none = std::numeric_limits<float>::quiet_NaN();
    return {none, none, 0};
  }
};

class BrokenScores : public BackwardScores {
 public:
  void two_smallest(const ScoreRows& /*rows*/, TwoSmallest* /*out*/) override {
    throw Error(ErrorKind::model, "the device is gone");
  }
};

}  // namespace

TEST_CASE("engine: whatever finds the nearest centres, the bytes are the same") {
  for (const EngineCase& each : engine_cases()) {
    INFO(each.name);
    BackwardScores backward;
    DoubtfulScores doubtful;
    const auto expected = results_of(each, nullptr);

    CHECK(same_bytes(results_of(each, &backward), expected));
    CHECK(same_bytes(results_of(each, &doubtful), expected));
    CHECK(backward.saw_one_thread());
  }
}

TEST_CASE("engine: rows may be kept from pass to pass, and are forgotten at the end") {
  const auto rows = cloud_rows(20000, 8, 10, 5.0);
  BackwardScores engine;
  KMeansOptions options;
  options.clusters = {10};
  options.starts = 1;
  options.memory = 0;  // every pass asks for all rows
  options.engine = &engine;

  fit_kmeans(rows, options);

  CHECK(engine.used_again() > 0);
  CHECK_FALSE(engine.keeps_any());
}

TEST_CASE("engine: what it throws ends the fit, and nothing stays on the device") {
  const auto rows = cloud_rows(3000, 8, 10, 5.0);
  BrokenScores engine;
  KMeansOptions options;
  options.clusters = {10};
  options.threads = 2;
  options.engine = &engine;

  const auto error = error_of([&] { fit_kmeans(rows, options); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(error->what() == std::string("the device is gone"));
  CHECK_FALSE(engine.keeps_any());
}

TEST_CASE("engine: rows that cannot be labelled are named before they reach it") {
  const std::vector<histo::CentroidSet> sets{{2, {1.0F, 0.0F, 0.0F, 1.0F}}};
  BackwardScores engine;
  std::vector<float> values(2 * 3000, 1.0F);
  values[2 * 1500] = values[2 * 1500 + 1] = 0.0F;
  const histo::test::MemoryRows rows(2, values);

  const auto error = error_of([&] {
    label_rows(rows, sets, {histo::Metric::cosine, 2, &engine},
               [](std::size_t, std::size_t, const std::int32_t*) {});
  });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(histo::test::contains(error->what(), "row 1500 of the features"));
}
