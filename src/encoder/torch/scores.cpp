// Scores of clustering by LibTorch. One thread; every copy waits for its end, so that no buffer is
// touched while the device uses it.

#include <cstring>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include <ATen/Functions.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>

#include "histo/error.hpp"
#include "histo/open_scores.hpp"

#include "encoder/batch_size.hpp"
#include "encoder/float32_products.hpp"
#include "encoder/torch/device.hpp"
#include "encoder/torch/torch_error.hpp"
#include "encoder/torch_module.hpp"

namespace histo {

namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

std::int64_t index(std::size_t value) { return static_cast<std::int64_t>(value); }

class TorchScores : public ScoreEngine {
 public:
  explicit TorchScores(ChosenDevice device)
      : device_(device.device), name_(std::move(device.name)), subject_("clustering on " + name_) {
    translated([this] { check_precision(); });
  }

  void set_centres(const ScoreCentres& centres) override {
    groups_ = centres.groups;
    std::size_t count = 0;
    for (const std::size_t k : groups_) count += k;
    dim_ = index(centres.dim);
    or_let_go([&] {
      centres_ = uploaded(centres.values, {index(count), dim_});
      offsets_ = uploaded(centres.offsets, {index(count)});
      shift_ = centres.shift == nullptr ? at::Tensor() : uploaded(centres.shift, {dim_});
    });
  }

  void two_smallest(const ScoreRows& rows, TwoSmallest* out) override {
    const std::size_t count = rows.count();
    // Held here too, since too little memory makes the device forget.
    at::Tensor kept;
    if (const auto found = kept_.find(rows.first); rows.stay && found != kept_.end()) {
      kept = found->second;
    } else {
      translated([&] { gather(rows, count); });
    }
    const std::size_t before = most_;
    in_parts_that_fit(count, most_, [&](std::size_t first, std::size_t part) {
      TwoSmallest* to = out + first * groups_.size();
      or_let_go([&] {
        if (kept.defined()) return score(kept.narrow(0, index(first), index(part)), to);
        const at::Tensor sent = sent_up(host_.narrow(0, index(first), index(part)));
        score(sent, to);
        if (rows.stay && keeps_ && part == count) kept_[rows.first] = sent;
      });
    });
    if (most_ == before) return;
    warnings_.push_back(std::to_string(before == unlimited ? count : before) +
                        " rows do not fit into the memory of " + name_ + "; from now on at most " +
                        std::to_string(most_) + " go there at once");
  }

  void forget_rows() noexcept override {
    kept_.clear();
    keeps_ = true;
  }

  std::vector<std::string> take_warnings() override { return std::exchange(warnings_, {}); }

 private:
  template <class Act>
  void translated(const Act& act) {
    const auto sentence = [this](const std::string& message) {
      return torch_sentence(message) + (device_.is_cpu() ? "" : "; use --device cpu");
    };
    translate_errors(subject_, sentence, [&] {
      const c10::InferenceMode no_gradients;
      const c10::DeviceGuard on_device(device_);
      act();
    });
  }

  /// Again with half of the rows that were kept, where there is too little memory.
  template <class Act>
  void or_let_go(const Act& act) {
    for (;;) {
      try {
        return translated(act);
        // lint-allow: that rows do not fit is what this is about
      } catch (const Error& error) {
        if (!is_out_of_memory(error) || kept_.empty()) throw;
      }
      keeps_ = false;
      const auto half = static_cast<std::ptrdiff_t>(kept_.size() / 2);
      kept_.erase(std::next(kept_.begin(), half), kept_.end());
    }
  }

  at::Tensor sent_up(const at::Tensor& host) const {
    return host.to(device_, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  }

  at::Tensor uploaded(const float* values, at::IntArrayRef sizes) const {
    // from_blob wants a pointer that may be written to; nothing writes.
    return sent_up(at::from_blob(const_cast<float*>(values), sizes, at::kFloat));
  }

  void gather(const ScoreRows& rows, std::size_t count) {
    if (!host_.defined() || host_.size(0) < index(count) || host_.size(1) != dim_) {
      const at::TensorOptions memory = device_.is_cpu() ? at::TensorOptions() : page_locked();
      host_ = at::empty({index(count), dim_}, memory.dtype(at::kFloat));
    }
    float* to = host_.data_ptr<float>();
    for (const ScoreRows::Part& part : rows.parts) {
      const std::size_t values = part.count * static_cast<std::size_t>(dim_);
      std::memcpy(to, part.values, values * sizeof(float));
      to += values;
    }
  }

  void score(const at::Tensor& rows, TwoSmallest* out) const {
    const std::int64_t count = rows.size(0);
    const auto groups = index(groups_.size());
    const at::Tensor product =
        at::mm(shift_.defined() ? at::sub(rows, shift_) : rows, centres_.t());
    // Not by addmm, which may begin its sums with the offsets: whoever bounds the error counts on
    // one rounding of a whole product's difference.
    const at::Tensor scores = product.mul_(-2.0).add_(offsets_);
    const at::Tensor values = at::empty({2, count, groups}, scores.options());
    const at::Tensor places = at::empty({count, groups}, scores.options().dtype(at::kInt));
    std::int64_t begin = 0;
    for (std::int64_t g = 0; g < groups; ++g) {
      const std::int64_t k = index(groups_[static_cast<std::size_t>(g)]);
      at::Tensor part = scores.narrow(1, begin, k);
      begin += k;
      const auto [best, place] = part.min(1);
      values[0].select(1, g).copy_(best);
      places.select(1, g).copy_(place);
      part.scatter_(1, place.unsqueeze(1), std::numeric_limits<double>::infinity());
      values[1].select(1, g).copy_(part.amin(1));
    }
    const at::Tensor found = values.cpu();
    const at::Tensor where = places.cpu();
    const float* best = found.data_ptr<float>();
    const float* second = best + count * groups;
    const std::int32_t* place = where.data_ptr<std::int32_t>();
    for (std::int64_t i = 0; i < count * groups; ++i) out[i] = {best[i], second[i], place[i]};
  }

  void check_precision() const {
    constexpr std::int64_t side = 256;
    const at::TensorOptions options = at::TensorOptions().device(device_).dtype(at::kFloat);
    at::Tensor left = at::zeros({side, side}, options);
    left.select(1, 0).fill_(static_cast<double>(telling_factor));
    const at::Tensor product = at::mm(left, at::ones({side, side}, options));
    require_float32_products(product.min().item<float>(), product.max().item<float>(), subject_);
  }

  c10::Device device_;
  std::string name_;
  std::string subject_;
  std::vector<std::size_t> groups_;
  std::int64_t dim_ = 0;
  at::Tensor centres_;  ///< all groups' centres x dim
  at::Tensor offsets_;
  at::Tensor shift_;
  at::Tensor host_;                         ///< rows on their way up; page-locked for a GPU
  std::map<std::size_t, at::Tensor> kept_;  ///< on the device, by their first row
  bool keeps_ = true;                       ///< there has been room for all so far
  std::size_t most_ = unlimited;            ///< rows at once that are known to fit
  std::vector<std::string> warnings_;
};

}  // namespace

extern "C" {

void histo_torch_scores(const std::string& device, OpenedScores& opened) {
  ChosenDevice chosen = choose_device(device, "clustering");
  opened.device = chosen.name;
  opened.warnings = chosen.warnings;
  if (device == "auto" && chosen.abilities.is_cpu) return;
  opened.engine = std::make_unique<TorchScores>(std::move(chosen));
}

}  // extern "C"

}  // namespace histo
