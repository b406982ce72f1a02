#include "encoder/torch/packed_product.hpp"

#include <functional>
#include <memory>

#include <oneapi/dnnl/dnnl.hpp>
#include <oneapi/dnnl/dnnl_version.h>

#include "core/shared_cache.hpp"

namespace histo {

namespace {

using Layout = dnnl::memory::format_tag;

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::memory::desc floats(std::size_t rows, std::size_t columns, Layout layout) {
  return {{static_cast<dnnl::memory::dim>(rows), static_cast<dnnl::memory::dim>(columns)},
          dnnl::memory::data_type::f32,
          layout};
}

// oneDNN's weights are inputs x outputs: ours, read by columns.
dnnl::memory::desc plain_weights(const ProductShape& shape) {
  return floats(shape.inputs, shape.outputs, Layout::ba);
}

dnnl::matmul::primitive_desc description(const ProductShape& shape, std::size_t count,
                                         const dnnl::memory::desc& weights) {
  const dnnl::memory::desc x = floats(count, shape.inputs, Layout::ab);
  const dnnl::memory::desc bias = floats(1, shape.outputs, Layout::ab);
  const dnnl::memory::desc y = floats(count, shape.outputs, Layout::ab);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);  // so that threads may share a plan
  attributes.set_fpmath_mode(dnnl::fpmath_mode::strict);        // whatever the environment says
#if DNNL_VERSION_MAJOR < 3
  return {dnnl::matmul::desc(x, weights, bias, y), attributes, cpu()};
#else
  return {cpu(), x, weights, bias, y, attributes};
#endif
}

// The order that oneDNN chooses for a ViT's rows. Plans for other numbers of rows keep to it.
dnnl::memory::desc packed_weights(const ProductShape& shape) {
  constexpr std::size_t usual_count = 197;
  return description(shape, usual_count, floats(shape.inputs, shape.outputs, Layout::any))
      .weights_desc();
}

// Many threads use one at once.
class Plan {
 public:
  Plan(const ProductShape& shape, std::size_t count)
      : description_(description(shape, count, packed_weights(shape))), product_(description_) {}

  void multiply(const float* x, const float* packed, const float* bias, float* y) const {
    dnnl::stream stream(cpu());
    product_.execute(stream,
                     {{DNNL_ARG_SRC, memory(description_.src_desc(), x)},
                      {DNNL_ARG_WEIGHTS, memory(description_.weights_desc(), packed)},
                      {DNNL_ARG_BIAS, memory(description_.bias_desc(), bias)},
                      {DNNL_ARG_DST, memory(description_.dst_desc(), y)},
                      {DNNL_ARG_SCRATCHPAD, dnnl::memory(description_.scratchpad_desc(), cpu())}});
    stream.wait();
  }

 private:
  // oneDNN wants pointers that may be written to; it writes y alone.
  static dnnl::memory memory(const dnnl::memory::desc& layout, const float* values) {
    return {layout, cpu(), const_cast<float*>(values)};
  }

  dnnl::matmul::primitive_desc description_;
  dnnl::matmul product_;
};

// oneDNN decides when a plan is made how many threads it will use: as many as its maker may.
struct PlanKey {
  ProductShape shape;
  std::size_t count;
  int threads;

  bool operator==(const PlanKey& other) const {
    return shape.inputs == other.shape.inputs && shape.outputs == other.shape.outputs &&
           count == other.count && threads == other.threads;
  }
};

struct PlanHash {
  std::size_t operator()(const PlanKey& key) const {
    const std::size_t shape = key.shape.inputs * 65537 + key.shape.outputs;
    return std::hash<std::size_t>()((shape * 65537 + key.count) * 257 +
                                    static_cast<std::size_t>(key.threads));
  }
};

// A model has one number of rows and a few shapes.
std::shared_ptr<const Plan> plan(const PlanKey& key) {
  constexpr std::size_t most_plans = 1000;
  static SharedCache<PlanKey, Plan, PlanHash> plans(most_plans);  // each taken for a byte
  return plans.get(key, 1, [&key] { return Plan(key.shape, key.count); });
}

}  // namespace

std::string product_name() {
  const dnnl_version_t& version = *dnnl_version();
  return "onednn " + std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch);
}

std::size_t packed_size(const ProductShape& shape) {
  return (packed_weights(shape).get_size() + sizeof(float) - 1) / sizeof(float);
}

void pack(const ProductShape& shape, const float* w, float* packed) {
  dnnl::memory from(plain_weights(shape), cpu(), const_cast<float*>(w));  // it is only read
  dnnl::memory to(packed_weights(shape), cpu(), packed);
  dnnl::stream stream(cpu());
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
}

void multiply(const ProductShape& shape, const float* x, std::size_t count, const float* packed,
              const float* bias, float* y, int threads) {
  if (count == 0) return;
  plan({shape, count, threads})->multiply(x, packed, bias, y);
}

}  // namespace histo
