#include "encoder/torch/packed_linear.hpp"

#include <exception>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/python/update_graph_executor_opt.h>
#include <torch/library.h>
#include <torch/script.h>

#include "encoder/torch/packed_product.hpp"

namespace histo {

namespace {

std::size_t length(std::int64_t size) { return static_cast<std::size_t>(size); }

// x (..., inputs) to (..., outputs), with what `pack_layer` made.
at::Tensor packed_linear(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias,
                         std::int64_t inputs, std::int64_t outputs) {
  TORCH_CHECK(x.dim() > 0 && x.size(-1) == inputs && x.scalar_type() == at::kFloat,
              "a linear layer takes float32 rows of ", inputs, " values and was given a tensor of ",
              x.scalar_type(), " of the shape ", x.sizes());
  const at::Tensor rows = x.contiguous();
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.back() = outputs;
  at::Tensor y = at::empty(sizes, x.options());
  multiply({length(inputs), length(outputs)}, rows.data_ptr<float>(), length(rows.numel() / inputs),
           weights.data_ptr<float>(), bias.data_ptr<float>(), y.data_ptr<float>(),
           at::get_num_threads());
  return y;
}

TORCH_LIBRARY(histo, library) {
  library.def(
      "packed_linear(Tensor x, Tensor weights, Tensor bias, int inputs, int outputs) -> Tensor",
      &packed_linear);
}

// What a linear layer multiplies with, if that is known before any call; else undefined.
at::Tensor constant_weights(torch::jit::Node& node) {
  const auto value = torch::jit::toIValue(node.input(1));
  if (!value || !value->isTensor()) return {};
  const at::Tensor& weights = value->toTensor();
  const bool fits = weights.dim() == 2 && weights.numel() > 0 && weights.device().is_cpu() &&
                    weights.scalar_type() == at::kFloat && weights.layout() == at::kStrided;
  return fits ? weights : at::Tensor();
}

// The bias, or zeros where there is none; undefined where it is not known before any call.
at::Tensor constant_bias(torch::jit::Node& node, const at::Tensor& weights) {
  const auto value = torch::jit::toIValue(node.input(2));
  if (!value) return {};
  if (value->isNone()) return at::zeros({weights.size(0)}, at::kFloat);
  const bool fits = value->isTensor() && value->toTensor().dim() == 1 &&
                    value->toTensor().size(0) == weights.size(0) &&
                    value->toTensor().device().is_cpu() &&
                    value->toTensor().scalar_type() == at::kFloat;
  return fits ? value->toTensor() : at::Tensor();
}

// Puts the layer with packed weights before the node and its output in the place of the node's.
void pack_layer(torch::jit::Node& node, const at::Tensor& weights, const at::Tensor& bias) {
  const ProductShape shape{length(weights.size(1)), length(weights.size(0))};
  const at::Tensor rows = weights.detach().contiguous();
  const at::Tensor packed =
      at::empty({static_cast<std::int64_t>(packed_size(shape))}, at::TensorOptions(at::kFloat));
  pack(shape, rows.data_ptr<float>(), packed.data_ptr<float>());

  torch::jit::Graph& graph = *node.owningGraph();
  const torch::jit::WithInsertPoint place(&node);
  torch::jit::Value* const y = graph.insert(
      c10::Symbol::fromQualString("histo::packed_linear"),
      {node.input(0), packed, bias.detach().contiguous(), weights.size(1), weights.size(0)});
  y->setType(node.output()->type());
  node.output()->replaceAllUsesWith(y);
}

// How many were packed.
std::size_t pack_layers(torch::jit::Block& block) {
  std::size_t count = 0;
  for (torch::jit::Node* const node : block.nodes()) {
    for (torch::jit::Block* const inner : node->blocks()) count += pack_layers(*inner);
    if (node->kind() != c10::Symbol::fromQualString("aten::linear")) continue;
    const at::Tensor weights = constant_weights(*node);
    if (!weights.defined()) continue;
    const at::Tensor bias = constant_bias(*node, weights);
    if (!bias.defined()) continue;
    pack_layer(*node, weights, bias);
    ++count;
  }
  return count;
}

}  // namespace

std::string pack_linear_layers(torch::jit::Module& module) {
  try {
    const c10::InferenceMode no_gradients;
    // Of this thread. Without it freezing leaves calls of inner modules as they are, whose methods
    // it takes away; calls of a model set it back.
    torch::jit::setGraphExecutorOptimize(true);
    torch::jit::Module frozen = torch::jit::freeze(module);
    const auto graph = frozen.get_method("forward").graph();
    if (pack_layers(*graph->block()) == 0) return {};
    torch::jit::EliminateDeadCode(graph);
    module = frozen;
    return product_name();
  } catch (const std::exception&) {
    return {};  // freezing knows modules that it cannot do; calls say what is wrong with them
  }
}

}  // namespace histo
