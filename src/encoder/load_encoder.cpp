#include <cmath>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "histo/encoder.hpp"
#include "histo/error.hpp"

#include "encoder/finite.hpp"
#include "encoder/model_file.hpp"
#include "encoder/module.hpp"
#include "encoder/precision.hpp"
#include "encoder/self_test.hpp"

namespace histo {

namespace {

bool is_device(const std::string& device) {
  if (device == "auto" || device == "cpu" || device == "cuda") return true;
  const std::string prefix = "cuda:";
  const std::string index =
      device.substr(0, prefix.size()) == prefix ? device.substr(prefix.size()) : std::string();
  return !index.empty() && index.size() <= 3 &&
         index.find_first_not_of("0123456789") == std::string::npos;
}

// The card of everything that the model gives; of layout `blocks` the parts are chosen afterwards.
ModelCard card_of_whole(ModelCard card) {
  if (card.layout != OutputLayout::blocks) return card;
  card.dim = card.whole_dim();
  card.num_blocks = card.blocks;
  card.avg_pool = true;
  card.l2 = false;
  return card;
}

// Of the blocks + 1 vectors that `whole` gives for an image, those that the card chooses.
class ChosenBlocks : public Encoder {
 public:
  ChosenBlocks(std::unique_ptr<Encoder> whole, const ModelCard& card)
      : whole_(std::move(whole)),
        dim_(card.dim),
        begin_((card.blocks - card.num_blocks) * (card.whole_dim() / (card.blocks + 1))),
        l2_(card.l2),
        subject_("model " + card.name) {}

  std::size_t dim() const override { return dim_; }

  void encode(const std::uint8_t* pixels, const Normalisation* normalisations, std::size_t n,
              float* features) override {
    all_.resize(n * whole_->dim());
    whole_->encode(pixels, normalisations, n, all_.data());
    choose(n, features);
  }

  void encode_in_one_call(const std::uint8_t* pixels, const Normalisation* normalisations,
                          std::size_t n, float* features) override {
    all_.resize(n * whole_->dim());
    whole_->encode_in_one_call(pixels, normalisations, n, all_.data());
    choose(n, features);
  }

  std::size_t ahead() const override { return whole_->ahead(); }

  void submit(const std::uint8_t* pixels, const Normalisation* normalisations,
              std::size_t n) override {
    // Empty after an error, as what is on its way is then.
    std::deque<std::size_t> submitted = std::exchange(submitted_, {});
    whole_->submit(pixels, normalisations, n);
    submitted.push_back(n);
    submitted_ = std::move(submitted);
  }

  void fetch(float* features) override {
    std::deque<std::size_t> submitted = std::exchange(submitted_, {});
    const std::size_t n = submitted.empty() ? 0 : submitted.front();
    all_.resize(n * whole_->dim());
    whole_->fetch(all_.data());  // throws where there is none
    submitted.pop_front();
    submitted_ = std::move(submitted);
    choose(n, features);
  }

  std::size_t suggested_batch() override { return whole_->suggested_batch(); }

  std::vector<std::string> take_warnings() override { return whole_->take_warnings(); }

 private:
  void choose(std::size_t n, float* features) const {
    for (std::size_t i = 0; i < n; ++i) {
      const float* const chosen = all_.data() + i * whole_->dim() + begin_;
      const double norm = l2_ ? norm_of(chosen) : 1.0;
      for (std::size_t j = 0; j < dim_; ++j) {
        features[i * dim_ + j] =
            l2_ ? static_cast<float>(static_cast<double>(chosen[j]) / norm) : chosen[j];
      }
    }
    require_finite(features, n, dim_, subject_);
  }

  double norm_of(const float* values) const {
    double square = 0.0;
    for (std::size_t j = 0; j < dim_; ++j) {
      const auto value = static_cast<double>(values[j]);
      square += value * value;
    }
    return std::sqrt(square);
  }

  std::unique_ptr<Encoder> whole_;
  std::size_t dim_;
  std::size_t begin_;
  bool l2_;
  std::string subject_;  // of its errors
  std::vector<float> all_;
  std::deque<std::size_t> submitted_;  // images of batches that nobody fetched yet
};

// In the precision that the options and the device decide; the encoder computes in float32 so far.
void set_precision(const SharedModule& module, Encoder& runner, const ModelCard& card,
                   const ChosenPrecision& chosen, LoadedEncoder& loaded) {
  loaded.precision = chosen.name;
  if (!chosen.warning.empty()) loaded.warnings.push_back(chosen.warning);
  if (chosen.name == "float32") return;
  const TestFeatures full = test_features(*loaded.encoder, card);
  module.function<decltype(histo_torch_set_precision)>("histo_torch_set_precision")(
      runner, chosen.name, loaded.arithmetic);
  check_precision(full, test_features(*loaded.encoder, card), card, chosen.name);
}

}  // namespace

void validate_device(const std::string& device) {
  if (is_device(device)) return;
  throw Error(ErrorKind::usage,
              "--device must be auto, cpu, cuda or cuda:N, got \"" + device + "\"");
}

void validate(const EncoderOptions& options) {
  validate_device(options.device);
  if (options.threads < 1) throw Error(ErrorKind::usage, "--threads must be at least 1, got 0");
  precision_name(options.precision);
}

LoadedEncoder load_encoder(const ModelCard& card, const EncoderOptions& options) {
  validate(options);
  check_is_allowed(options.precision, card);
  check_model_file(card);
  const SharedModule module = open_module(options.module_folder, torch_module, "that runs models");
  check_is_torchscript(card.torchscript);
  LoadedEncoder loaded;
  const ModelCard whole = card_of_whole(card);
  DeviceAbilities abilities;
  module.function<decltype(histo_torch_load)>("histo_torch_load")(whole, options, loaded,
                                                                  abilities);
  // Before the self-test, which may take minutes: the options may ask for what is not there.
  const ChosenPrecision precision = choose_precision(options.precision, card, abilities);
  Encoder& runner = *loaded.encoder;
  loaded.self_test_difference = run_self_test(*loaded.encoder, whole);
  if (card.layout == OutputLayout::blocks) {
    loaded.encoder = std::make_unique<ChosenBlocks>(std::move(loaded.encoder), card);
  }
  set_precision(module, runner, card, precision, loaded);
  return loaded;
}

std::string libtorch_version(const std::filesystem::path& module_folder) {
  const SharedModule module(module_folder, torch_module);
  if (!module.failure().empty()) return "not available: " + module.failure();
  std::string text;
  module.function<decltype(histo_torch_libtorch)>("histo_torch_libtorch")(text);
  return text;
}

}  // namespace histo
