#pragma once
/// What the tests share that run hand-written models through LibTorch. Their images have 4 x 4
/// pixels.

#include <cstdint>
#include <string>
#include <vector>

#include "histo/encoder.hpp"

#include "unit/encoder_fixture.hpp"

namespace histo::test {

inline constexpr std::int64_t model_side = 4;  // of the hand-written models' images

EncoderOptions module_options(const std::string& device = "cpu", std::size_t threads = 1);

/// The sentence with which a model is refused, or "accepted"; loading also runs the card's
/// self-test.
std::string refusal_of_bytes(const std::string& pt_bytes, const CardText& card = {});
std::string refusal(const ScriptedFile& file, const CardText& card = {});

/// What the fixture's card makes of a pixel of the test image.
double normalised_pattern(std::int64_t y, std::int64_t x, std::size_t channel);

/// The 16 values of one channel of the test image, row by row.
std::vector<double> channel_values(std::size_t channel);

/// The same channel's mean, and the list of the three.
double channel_mean(std::size_t channel);
std::string channel_means();

std::string json_list(const std::vector<double>& values);
std::vector<double> joined(std::vector<double> first, const std::vector<double>& second);

/// n different images of size x size.
std::vector<std::uint8_t> images(std::size_t n, std::int64_t size);

}  // namespace histo::test
