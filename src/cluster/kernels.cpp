#include "cluster/kernels.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace histo::cluster {

namespace {

// Inlined into one function a processor generation, below.
#define HISTO_INLINE __attribute__((always_inline)) inline

constexpr std::size_t lanes = 16;
using Floats = float __attribute__((vector_size(64)));
using Numbers = std::int32_t __attribute__((vector_size(64)));
using Doubles = double __attribute__((vector_size(64)));  // half as many

struct Parts {
  Doubles low{};
  Doubles high{};
};

HISTO_INLINE void load(const float* from, Parts& parts) {
  using Eight = float __attribute__((vector_size(32)));
  Eight low;
  Eight high;
  std::memcpy(&low, from, sizeof low);
  std::memcpy(&high, from + 8, sizeof high);
  parts.low = __builtin_convertvector(low, Doubles);
  parts.high = __builtin_convertvector(high, Doubles);
}

HISTO_INLINE void load(const double* from, Parts& parts) {
  std::memcpy(&parts.low, from, sizeof parts.low);
  std::memcpy(&parts.high, from + 8, sizeof parts.high);
}

HISTO_INLINE double total(const Parts& parts, const double* rest) {
  double sums[8];
  const Doubles both = parts.low + parts.high;
  std::memcpy(sums, &both, sizeof sums);
  const double whole =
      ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
  return whole + *rest;
}

template <class B>
HISTO_INLINE double squared_distance_of(const float* a, const B* b, std::size_t dim) {
  Parts sums;
  const std::size_t whole = dim - dim % lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    Parts x;
    Parts y;
    load(a + i, x);
    load(b + i, y);
    const Doubles low = x.low - y.low;
    const Doubles high = x.high - y.high;
    sums.low += low * low;
    sums.high += high * high;
  }
  double rest = 0.0;
  for (std::size_t i = whole; i < dim; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    rest += difference * difference;
  }
  return total(sums, &rest);
}

HISTO_INLINE double squared_norm_of(const float* a, std::size_t dim) {
  Parts sums;
  const std::size_t whole = dim - dim % lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    Parts x;
    load(a + i, x);
    sums.low += x.low * x.low;
    sums.high += x.high * x.high;
  }
  double rest = 0.0;
  for (std::size_t i = whole; i < dim; ++i) {
    rest += static_cast<double>(a[i]) * static_cast<double>(a[i]);
  }
  return total(sums, &rest);
}

HISTO_INLINE void add_to(const float* a, std::size_t dim, double magic, double* sum) {
  for (std::size_t i = 0; i < dim; ++i) sum[i] += (static_cast<double>(a[i]) + magic) - magic;
}

HISTO_INLINE void add_four_to(const float* const* rows, std::size_t dim, double magic,
                              double* sum) {
  const float* a = rows[0];
  const float* b = rows[1];
  const float* c = rows[2];
  const float* d = rows[3];
  for (std::size_t i = 0; i < dim; ++i) {
    const double ab = ((static_cast<double>(a[i]) + magic) - magic) +
                      ((static_cast<double>(b[i]) + magic) - magic);
    const double cd = ((static_cast<double>(c[i]) + magic) - magic) +
                      ((static_cast<double>(d[i]) + magic) - magic);
    sum[i] += ab + cd;
  }
}

HISTO_INLINE void move_between(const float* a, std::size_t dim, double magic,
                               double* __restrict from, double* __restrict to) {
  for (std::size_t i = 0; i < dim; ++i) {
    const double value = (static_cast<double>(a[i]) + magic) - magic;
    from[i] -= value;
    to[i] += value;
  }
}

HISTO_INLINE TwoSmallest two_smallest_of(const float* offsets, const float* products,
                                         std::size_t count) {
  constexpr float none = std::numeric_limits<float>::infinity();
  TwoSmallest result{none, none, 0};
  const std::size_t whole = count - count % lanes;
  if (whole > 0) {
    Floats best = Floats{} + none;
    Floats second = best;
    Numbers place{};
    Numbers here{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (std::size_t i = 0; i < whole; i += lanes) {
      Floats offset;
      Floats product;
      std::memcpy(&offset, offsets + i, sizeof offset);
      std::memcpy(&product, products + i, sizeof product);
      const Floats score = offset - 2.0F * product;
      const Floats larger = score < best ? best : score;
      place = score < best ? here : place;
      best = score < best ? score : best;
      second = larger < second ? larger : second;
      here += static_cast<std::int32_t>(lanes);
    }
    for (int i = 0; i < static_cast<int>(lanes); ++i) {
      if (best[i] < result.best || (best[i] == result.best && place[i] < result.place)) {
        result.second = std::min(result.best, result.second);
        result.best = best[i];
        result.place = place[i];
        result.second = std::min(result.second, second[i]);
      } else {
        result.second = std::min(result.second, best[i]);
      }
    }
  }
  for (std::size_t i = whole; i < count; ++i) {
    const float score = offsets[i] - 2.0F * products[i];
    if (score < result.best) {
      result.second = result.best;
      result.best = score;
      result.place = static_cast<std::int32_t>(i);
    } else {
      result.second = std::min(result.second, score);
    }
  }
  return result;
}

HISTO_INLINE std::uint32_t largest_bits_of(const float* values, std::size_t count) {
  Numbers most{};
  const std::size_t whole = count - count % lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    Numbers bits;
    std::memcpy(&bits, values + i, sizeof bits);
    bits &= 0x7fffffff;
    most = bits > most ? bits : most;
  }
  std::int32_t result = 0;
  for (int i = 0; i < static_cast<int>(lanes); ++i) result = std::max(result, most[i]);
  for (std::size_t i = whole; i < count; ++i) {
    std::int32_t bits = 0;
    std::memcpy(&bits, values + i, sizeof bits);
    result = std::max(result, bits & 0x7fffffff);
  }
  return static_cast<std::uint32_t>(result);
}

HISTO_INLINE void project_one(const float* a, const double* mean, std::size_t dim,
                              const double* columns, std::size_t width, double* out) {
  constexpr std::size_t at_once = 32;
  std::size_t j = 0;
  for (; j + at_once <= width; j += at_once) {
    Doubles sums[4]{};
    for (std::size_t i = 0; i < dim; ++i) {
      const double value = static_cast<double>(a[i]) - mean[i];
      for (std::size_t part = 0; part < 4; ++part) {
        Doubles column;
        std::memcpy(&column, columns + i * width + j + part * 8, sizeof column);
        sums[part] += value * column;
      }
    }
    std::memcpy(out + j, sums, sizeof sums);
  }
  for (; j < width; ++j) {
    double sum = 0.0;
    for (std::size_t i = 0; i < dim; ++i) {
      sum += (static_cast<double>(a[i]) - mean[i]) * columns[i * width + j];
    }
    out[j] = sum;
  }
}

#define HISTO_KERNELS(name, target)                                                               \
  target double name##_distance(const float* a, const float* b, std::size_t dim) {                \
    return squared_distance_of(a, b, dim);                                                        \
  }                                                                                               \
  target double name##_distance_64(const float* a, const double* b, std::size_t dim) {            \
    return squared_distance_of(a, b, dim);                                                        \
  }                                                                                               \
  target double name##_norm(const float* a, std::size_t dim) { return squared_norm_of(a, dim); }  \
  target void name##_add(const float* a, std::size_t dim, double magic, double* sum) {            \
    add_to(a, dim, magic, sum);                                                                   \
  }                                                                                               \
  target void name##_add_four(const float* const* rows, std::size_t dim, double magic,            \
                              double* sum) {                                                      \
    add_four_to(rows, dim, magic, sum);                                                           \
  }                                                                                               \
  target void name##_move(const float* a, std::size_t dim, double magic, double* from,            \
                          double* to) {                                                           \
    move_between(a, dim, magic, from, to);                                                        \
  }                                                                                               \
  target TwoSmallest name##_two(const float* offsets, const float* products, std::size_t count) { \
    return two_smallest_of(offsets, products, count);                                             \
  }                                                                                               \
  target std::uint32_t name##_bits(const float* values, std::size_t count) {                      \
    return largest_bits_of(values, count);                                                        \
  }                                                                                               \
  target void name##_project(const float* a, const double* mean, std::size_t dim,                 \
                             const double* columns, std::size_t width, double* out) {             \
    project_one(a, mean, dim, columns, width, out);                                               \
  }                                                                                               \
  constexpr Kernels name{name##_distance, name##_distance_64, name##_norm,                        \
                         name##_add,      name##_add_four,    name##_move,                        \
                         name##_two,      name##_bits,        name##_project};

HISTO_KERNELS(plain, )
#if defined(__x86_64__)
HISTO_KERNELS(with_avx2, [[gnu::target("avx2")]])
HISTO_KERNELS(with_avx512, [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl")]])
#endif

const Kernels& chosen() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return with_avx512;
  }
  if (__builtin_cpu_supports("avx2")) return with_avx2;
#endif
  return plain;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& best = chosen();
  return best;
}

}  // namespace histo::cluster
