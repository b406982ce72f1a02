#pragma once
/// From what a model gives to the features that its card describes.

#include <cstddef>
#include <string>

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include "histo/model_card.hpp"

namespace histo {

/// The tensor itself, or the value of a tuple, list or dictionary that card.item or card.item_key
/// names. `subject` begins the errors. Throws Error(model) where it is not there or not a tensor.
at::Tensor chosen_item(const c10::IValue& output, const ModelCard& card,
                       const std::string& subject);

/// n x card.dim: pooled and divided by their norm as the card says; of layout `blocks` all of them
/// side by side, without a norm. Throws Error(model) with both shapes where the output has another
/// one than the card's.
at::Tensor features_of(const at::Tensor& output, const ModelCard& card, std::size_t n,
                       const std::string& subject);

}  // namespace histo
