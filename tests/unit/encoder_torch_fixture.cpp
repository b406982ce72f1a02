#include "unit/encoder_torch_fixture.hpp"

#include <array>

#include "support/catch.hpp"

namespace histo::test {

EncoderOptions module_options(const std::string& device, std::size_t threads) {
  EncoderOptions result;
  result.device = device;
  result.threads = threads;
  result.module_folder = HISTO_MODULE_DIR;
  return result;
}

std::string refusal_of_bytes(const std::string& pt_bytes, const CardText& card) {
  const TempFolder folder;
  const auto error =
      error_of([&] { load_encoder(made_model(folder.path(), pt_bytes, card), module_options()); });
  if (!error) return "accepted";
  CHECK(error->kind() == ErrorKind::model);
  CHECK_FALSE(contains(error->what(), "\n"));
  return error->what();
}

std::string refusal(const ScriptedFile& file, const CardText& card) {
  return refusal_of_bytes(file.bytes(), card);
}

double normalised_pattern(std::int64_t y, std::int64_t x, std::size_t channel) {
  const std::array<double, 3> mean{0.5, 0.25, 0.75};
  const std::array<double, 3> deviation{0.5, 0.25, 0.125};
  const double value = pattern(y, x, static_cast<std::int64_t>(channel)) / 255.0;
  return (value - mean[channel]) / deviation[channel];
}

std::vector<double> channel_values(std::size_t channel) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < model_side * model_side; ++i) {
    values.push_back(normalised_pattern(i / model_side, i % model_side, channel));
  }
  return values;
}

double channel_mean(std::size_t channel) {
  double sum = 0.0;
  for (const double value : channel_values(channel)) sum += value;
  return sum / (model_side * model_side);
}

std::string channel_means() {
  return json_list({channel_mean(0), channel_mean(1), channel_mean(2)});
}

std::string json_list(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "[" : ", ") + std::to_string(value);
  return text + "]";
}

std::vector<double> joined(std::vector<double> first, const std::vector<double>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::vector<std::uint8_t> images(std::size_t n, std::int64_t size) {
  const auto height = static_cast<std::int64_t>(n) * size;
  return noise(size, height).bytes();
}

}  // namespace histo::test
