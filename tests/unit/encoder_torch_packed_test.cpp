// Compiled where the module has these products. They need no LibTorch; the layer that is refused
// needs the module that holds it.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "encoder/torch/packed_product.hpp"
#include "support/catch.hpp"
#include "unit/encoder_torch_fixture.hpp"

using histo::ProductShape;
using histo::test::CardText;
using histo::test::contains;
using histo::test::module_options;
using histo::test::refusal;
using histo::test::ScriptedFile;

namespace {

// Between -1 and 1, in steps that float32 cannot hold exactly.
std::vector<float> values(std::size_t count, unsigned seed) {
  std::vector<float> result(count);
  for (float& value : result) {
    seed = seed * 1664525U + 1013904223U;
    value = static_cast<float>(seed >> 8U) / 8388608.0F - 1.0F;
  }
  return result;
}

// A layer, and y by the product.
class Layer {
 public:
  explicit Layer(const ProductShape& shape)
      : shape_(shape),
        w_(values(shape.outputs * shape.inputs, 2)),
        bias_(values(shape.outputs, 3)),
        packed_(histo::packed_size(shape)) {
    histo::pack(shape, w_.data(), packed_.data());
  }

  std::vector<float> operator()(const std::vector<float>& x) const {
    const std::size_t rows = x.size() / shape_.inputs;
    std::vector<float> y(rows * shape_.outputs, 9.0F);
    histo::multiply(shape_, x.data(), rows, packed_.data(), bias_.data(), y.data(), 1);
    return y;
  }

  // In double, and how large the sum of its terms is.
  std::pair<double, double> wanted(const std::vector<float>& x, std::size_t row,
                                   std::size_t output) const {
    double sum = static_cast<double>(bias_[output]);
    double size = std::abs(sum);
    for (std::size_t i = 0; i < shape_.inputs; ++i) {
      const double term = static_cast<double>(x[row * shape_.inputs + i]) *
                          static_cast<double>(w_[output * shape_.inputs + i]);
      sum += term;
      size += std::abs(term);
    }
    return {sum, size};
  }

 private:
  ProductShape shape_;
  std::vector<float> w_;
  std::vector<float> bias_;
  std::vector<float> packed_;
};

// Of fewer and more rows than weights are packed for; of sizes that nothing divides, and a ViT's.
const std::vector<std::pair<ProductShape, std::size_t>> shapes{
    {{1, 1}, 1},     {{3, 7}, 2},      {{5, 16}, 13},     {{384, 48}, 9},   {{20, 49}, 10},
    {{385, 97}, 23}, {{1000, 130}, 4}, {{769, 192}, 197}, {{384, 100}, 400}};

template <class Check>
void with_layers(const Check& check) {
  for (const auto& [shape, rows] : shapes) {
    INFO(rows << " rows, " << shape.inputs << " to " << shape.outputs);
    check(Layer(shape), shape, values(rows * shape.inputs, 1));
  }
}

}  // namespace

TEST_CASE("packed product: y is x times the weights' rows, and the bias, for any shape") {
  with_layers([](const Layer& layer, const ProductShape& shape, const std::vector<float>& x) {
    const std::vector<float> y = layer(x);

    double worst = 0.0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto [sum, size] = layer.wanted(x, i / shape.outputs, i % shape.outputs);
      worst = std::max(worst, std::abs(static_cast<double>(y[i]) - sum) / size);
    }
    CHECK(worst < 1e-6);
  });
}

TEST_CASE("packed product: the same bits again and again, and from four threads at once") {
  with_layers([](const Layer& layer, const ProductShape&, const std::vector<float>& x) {
    const std::vector<float> first = layer(x);
    std::vector<std::future<std::vector<float>>> others;
    for (int i = 0; i < 4; ++i) {
      others.push_back(std::async(std::launch::async, [&] {
        std::vector<float> y;
        for (int call = 0; call < 5; ++call) y = layer(x);
        return y;
      }));
    }
    for (auto& other : others) CHECK(other.get() == first);
  });
}

TEST_CASE("packed product: a row's bits do not depend on the rows beside it") {
  with_layers([](const Layer& layer, const ProductShape& shape, const std::vector<float>& x) {
    const std::size_t rows = x.size() / shape.inputs;
    const std::vector<float> all = layer(x);
    for (const std::size_t row : {std::size_t{0}, rows / 2, rows - 1}) {
      const auto begin = static_cast<std::ptrdiff_t>(row * shape.inputs);
      const auto end = begin + static_cast<std::ptrdiff_t>(shape.inputs);
      std::vector<float> others = values(x.size(), 7);
      std::copy(x.begin() + begin, x.begin() + end, others.begin() + begin);

      const std::vector<float> y = layer(others);
      const std::size_t output = row * shape.outputs;
      CHECK(std::equal(y.data() + output, y.data() + output + shape.outputs, all.data() + output));
    }
  });
}

TEST_CASE("packed product: no rows are no work") { CHECK(Layer({10, 20})({}).empty()); }

TEST_CASE("packed product: its name has the library's version") {
  CHECK(contains(histo::product_name(), "onednn "));
  CHECK(contains(histo::product_name(), "."));
}

TEST_CASE("encoder: a linear layer that is given rows of another length is refused with both") {
  const ScriptedFile layer{"    return torch.linear(torch.flatten(x, 1), torch.eye(3), None)\n"};

  CHECK(contains(refusal(layer, CardText{}),
                 "a linear layer takes float32 rows of 3 values and was given a tensor of Float of "
                 "the shape [1, 48]"));
}

TEST_CASE("encoder: what multiplies is named, in bfloat16 LibTorch alone") {
  histo::ModelCard card = histo::find_model("random_vit_tiny", {HISTO_MODELS_DIR});
  card.allowed_precisions = {"float32", "bfloat16"};
  histo::EncoderOptions options = module_options();
  const std::string full = histo::load_encoder(card, options).arithmetic;
  options.precision = "bf16";
  const std::string lower = histo::load_encoder(card, options).arithmetic;

  CHECK(contains(lower, "libtorch "));
  CHECK(full == lower + ", " + histo::product_name());
}
