#include "jobs/classifier.hpp"

#include <cmath>
#include <limits>

#include "histo/error.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

double checked(const Fitted& fitted, const std::string& name, double value, double limit) {
  if (value >= 0.0 && value < limit && std::floor(value) == value) return value;
  throw Error(ErrorKind::input, fitted.source + ": '" + name + "' holds " + number(value) +
                                    ", which is no whole number from 0 to below " + number(limit));
}

}  // namespace

std::size_t whole_number(const Fitted& fitted, const std::string& name) {
  constexpr double limit = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::size_t>(checked(fitted, name, fitted.number(name), limit));
}

std::vector<std::int32_t> whole_numbers(const Fitted& fitted, const std::string& name,
                                        std::size_t limit) {
  std::vector<std::int32_t> result;
  for (const double value : fitted.vector(name)) {
    result.push_back(
        static_cast<std::int32_t>(checked(fitted, name, value, static_cast<double>(limit))));
  }
  return result;
}

}  // namespace histo
