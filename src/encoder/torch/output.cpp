#include "encoder/torch/output.hpp"

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

#include "histo/error.hpp"

namespace histo {

namespace {

std::string text(c10::IntArrayRef shape) {
  std::string result;
  for (const std::int64_t length : shape) {
    result += (result.empty() ? "" : " x ") + std::to_string(length);
  }
  return result.empty() ? "one number" : result;
}

std::string item_text(const ModelCard& card) {
  return card.item_key.empty() ? std::to_string(card.item) : "\"" + card.item_key + "\"";
}

// What outputs.item may be instead, for `count` values.
std::string places_text(std::size_t count) {
  if (count == 1) return "set it to 0, or leave it out";
  return "set it to a place from 0 to " + std::to_string(count - 1);
}

[[noreturn]] void fail_item(const std::string& subject, const ModelCard& card,
                            const std::string& given, const std::string& advice) {
  throw Error(ErrorKind::model, subject + ": gives " + given +
                                    ", and outputs.item of its card is " + item_text(card) + ": " +
                                    advice);
}

c10::IValue of_places(c10::ArrayRef<c10::IValue> values, const char* kind, const ModelCard& card,
                      const std::string& subject) {
  if (card.item_key.empty() && card.item < values.size()) return values[card.item];
  const std::string given = std::string(kind) + " of " + std::to_string(values.size()) +
                            (values.size() == 1 ? " value" : " values");
  fail_item(
      subject, card, given,
      values.empty() ? "export the model so that it gives features" : places_text(values.size()));
}

c10::IValue of_dictionary(const c10::IValue& output, const ModelCard& card,
                          const std::string& subject) {
  const c10::Dict<c10::IValue, c10::IValue> values = output.toGenericDict();
  if (values.empty()) {
    fail_item(subject, card, "an empty dictionary", "export the model so that it gives features");
  }
  std::size_t place = 0;
  std::string keys;
  for (const auto& entry : values) {
    const bool chosen = card.item_key.empty()
                            ? place == card.item
                            : entry.key().isString() && entry.key().toStringRef() == card.item_key;
    if (chosen) return entry.value();
    ++place;
    if (!entry.key().isString()) continue;
    keys += (keys.empty() ? "" : ", ") + ("\"" + entry.key().toStringRef() + "\"");
  }
  if (keys.empty()) {
    fail_item(subject, card, "a dictionary of " + std::to_string(place) + " without texts as keys",
              places_text(place));
  }
  fail_item(subject, card, "a dictionary of " + keys, "set it to one of these");
}

c10::IValue item_of(const c10::IValue& output, const ModelCard& card, const std::string& subject) {
  if (output.isList()) return of_places(output.toListRef(), "a list", card, subject);
  if (output.isTuple()) {
    const std::vector<c10::IValue>& values = output.toTupleRef().elements().vec();
    return of_places(values, "a tuple", card, subject);
  }
  if (output.isGenericDict()) return of_dictionary(output, card, subject);
  if (output.isTensor() && (card.item != 0 || !card.item_key.empty())) {
    fail_item(subject, card, "one tensor", "leave it out");
  }
  return output;
}

void check_shape(const at::Tensor& output, const std::vector<std::string>& wanted, bool good,
                 const std::string& subject) {
  if (good) return;
  std::string shape;
  for (const std::string& length : wanted) shape += (shape.empty() ? "" : " x ") + length;
  throw Error(ErrorKind::model,
              subject + ": its output is " + text(output.sizes()) + " and its card says " + shape +
                  "; correct outputs.layout, outputs.dim or outputs.item of the card, or export "
                  "both again with models/export.py");
}

at::Tensor of_tokens(const at::Tensor& output, const ModelCard& card, std::int64_t n,
                     const std::string& subject) {
  const auto dim = static_cast<std::int64_t>(card.dim);
  const std::int64_t width = card.pooling == Pooling::cls_and_mean_patch ? dim / 2 : dim;
  const auto prefix = static_cast<std::int64_t>(card.prefix_tokens);
  check_shape(output,
              {std::to_string(n), "tokens",
               std::to_string(width) + " with more than " + std::to_string(prefix) + " tokens"},
              output.dim() == 3 && output.size(0) == n && output.size(1) > prefix &&
                  output.size(2) == width,
              subject);
  const at::Tensor cls = output.select(1, static_cast<std::int64_t>(card.cls_index));
  if (card.pooling == Pooling::cls) return cls;
  const at::Tensor mean = output.slice(1, prefix).mean(1);
  return card.pooling == Pooling::mean_patch ? mean : at::cat({cls, mean}, 1);
}

at::Tensor of_blocks(const at::Tensor& output, const ModelCard& card, std::int64_t n,
                     const std::string& subject) {
  const auto vectors = static_cast<std::int64_t>(card.blocks + 1);
  const std::int64_t width = static_cast<std::int64_t>(card.dim) / vectors;
  check_shape(output, {std::to_string(n), std::to_string(vectors), std::to_string(width)},
              output.dim() == 3 && output.size(0) == n && output.size(1) == vectors &&
                  output.size(2) == width,
              subject);
  return output.flatten(1);
}

}  // namespace

at::Tensor chosen_item(const c10::IValue& output, const ModelCard& card,
                       const std::string& subject) {
  const c10::IValue item = item_of(output, card, subject);
  if (item.isTensor()) return item.toTensor();
  throw Error(ErrorKind::model, subject + ": gives " + item.tagKind() +
                                    " and not a tensor, nor a tuple, list or dictionary with one "
                                    "at outputs.item of its card, " +
                                    item_text(card) + "; set outputs.item to the features' place");
}

at::Tensor features_of(const at::Tensor& output, const ModelCard& card, std::size_t n,
                       const std::string& subject) {
  const auto rows = static_cast<std::int64_t>(n);
  if (card.layout == OutputLayout::blocks) return of_blocks(output, card, rows, subject);
  at::Tensor feature = output;
  if (card.layout == OutputLayout::tokens) {
    feature = of_tokens(output, card, rows, subject);
  } else {
    check_shape(output, {std::to_string(n), std::to_string(card.dim)},
                output.dim() == 2 && output.size(0) == rows &&
                    output.size(1) == static_cast<std::int64_t>(card.dim),
                subject);
  }
  return card.l2 ? feature / feature.norm(2, {1}, true) : feature;
}

}  // namespace histo
