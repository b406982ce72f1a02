#pragma once
/// Sums over a row in float64, in an order that depends on the length alone.

#include <array>
#include <cstddef>

namespace histo::cluster {

namespace distance_detail {

/// Sums term(i) for i in [0, count) in eight interleaved parts, which the compiler can keep in
/// vector registers.
template <class Term>
double interleaved_sum(std::size_t count, const Term& term) {
  constexpr std::size_t lanes = 8;
  std::array<double, lanes> parts{};
  const std::size_t whole = count - count % lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) parts[lane] += term(i + lane);
  }
  for (std::size_t i = whole; i < count; ++i) parts[i - whole] += term(i);
  return ((parts[0] + parts[4]) + (parts[1] + parts[5])) +
         ((parts[2] + parts[6]) + (parts[3] + parts[7]));
}

}  // namespace distance_detail

/// |a - b|^2 for vectors of `dim` values, without the cancellation of |a|^2 - 2 a.b + |b|^2.
template <class A, class B>
double squared_distance(const A* a, const B* b, std::size_t dim) {
  return distance_detail::interleaved_sum(dim, [a, b](std::size_t i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    return difference * difference;
  });
}

/// |a|^2.
template <class A>
double squared_norm(const A* a, std::size_t dim) {
  return distance_detail::interleaved_sum(
      dim, [a](std::size_t i) { return static_cast<double>(a[i]) * static_cast<double>(a[i]); });
}

}  // namespace histo::cluster
