#pragma once
/// How many images a device takes at once.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "histo/error.hpp"

namespace histo {

/// Whether the device had too little memory for what was asked of it.
bool is_out_of_memory(const Error& error);

/// Calls work(first, count) for 0 .. n in parts of at most `most` images. Where one does not fit
/// the device's memory, `most` becomes half of that part, and stays so; a single image that does
/// not fit leaves as the error it was.
template <class Work>
void in_parts_that_fit(std::size_t n, std::size_t& most, Work&& work) {
  for (std::size_t first = 0; first < n;) {
    const std::size_t count = std::min(most, n - first);
    try {
      work(first, count);
      first += count;
      // lint-allow: that a batch does not fit is what this is about
    } catch (const Error& error) {
      if (!is_out_of_memory(error) || count == 1) throw;
      most = count / 2;
    }
  }
}

/// Doubles from 32 to 1024 while `images_a_second(batch)` grows by at least 5 %; it gives nothing
/// where the batch does not fit. The last size that paid; 32 if none does.
std::size_t best_batch(const std::function<std::optional<double>(std::size_t)>& images_a_second);

}  // namespace histo
