#include "encoder/batch_size.hpp"

namespace histo {

bool is_out_of_memory(const Error& error) {
  const std::string text = error.what();
  // The second is what the vendor's libraries for products and convolutions report.
  return error.kind() == ErrorKind::model && (text.find("out of memory") != std::string::npos ||
                                              text.find("_ALLOC_FAILED") != std::string::npos);
}

std::size_t best_batch(const std::function<std::optional<double>(std::size_t)>& images_a_second) {
  constexpr std::size_t smallest = 32;
  constexpr std::size_t largest = 1024;
  constexpr double worthwhile = 1.05;
  std::size_t best = smallest;
  double best_speed = 0.0;
  for (std::size_t batch = smallest; batch <= largest; batch *= 2) {
    const std::optional<double> speed = images_a_second(batch);
    if (!speed || *speed < worthwhile * best_speed) break;
    best = batch;
    best_speed = *speed;
  }
  return best;
}

}  // namespace histo
