#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

#include "core/ordered_map.hpp"
#include "support/catch.hpp"

using namespace histo;

namespace {

// Numbers 0 .. count-1.
auto numbers(int count) {
  return [next = 0, count]() mutable -> std::optional<int> {
    return next < count ? std::optional<int>(next++) : std::nullopt;
  };
}

// Work whose time varies, so that results come out of order.
int slow_square(int value) {
  volatile int spin = (value * 7919) % 2000;
  while (spin > 0) spin = spin - 1;
  return value * value;
}

}  // namespace

TEST_CASE("ordered_map: results come in the order of the source, for any number of threads") {
  for (const std::size_t threads : std::vector<std::size_t>{1, 2, 8, 99}) {
    std::vector<int> results;

    ordered_map(
        threads, numbers(2000), [] { return slow_square; },
        [&](int value) { results.push_back(value); });

    REQUIRE(results.size() == 2000);
    bool in_order = true;
    for (int i = 0; i < 2000; ++i)
      in_order = in_order && results[static_cast<std::size_t>(i)] == i * i;
    CHECK(in_order);
  }
}

TEST_CASE("ordered_map: an empty source calls no sink") {
  int calls = 0;

  ordered_map(
      4, numbers(0), [] { return slow_square; }, [&](int) { ++calls; });

  CHECK(calls == 0);
}

TEST_CASE("ordered_map: each worker gets scratch of its own, made on the caller's thread") {
  const std::thread::id caller = std::this_thread::get_id();
  int made = 0;

  ordered_map(
      3, numbers(10),
      [&] {
        CHECK(std::this_thread::get_id() == caller);
        ++made;
        return slow_square;
      },
      [&](int) { CHECK(std::this_thread::get_id() == caller); });

  CHECK(made == 3);
}

TEST_CASE("ordered_map: no more than the window is between source and sink") {
  std::atomic<int> given{0};
  int taken = 0;
  int most = 0;
  auto source = [&, next = numbers(500)]() mutable {
    auto value = next();
    if (value) ++given;
    return value;
  };

  ordered_map(
      4, source, [] { return slow_square; },
      [&](int) {
        most = std::max(most, given - taken);
        ++taken;
      },
      5);

  CHECK(most <= 5);
  CHECK(taken == 500);
}

TEST_CASE("ordered_map: an exception of a worker surfaces after the results before it") {
  for (const std::size_t threads : std::vector<std::size_t>{1, 4}) {
    int sunk = 0;
    const auto make_worker = [] {
      return [](int value) {
        if (value == 50) throw std::runtime_error("fifty");
        return value;
      };
    };

    CHECK_THROWS_WITH(ordered_map(threads, numbers(100), make_worker, [&](int) { ++sunk; }),
                      "fifty");
    CHECK(sunk == 50);
  }
}

TEST_CASE("ordered_map: exceptions of the source and of the sink surface") {
  for (const std::size_t threads : std::vector<std::size_t>{1, 4}) {
    auto bad_source = []() -> std::optional<int> { throw std::runtime_error("source"); };
    const auto bad_sink = [](int) { throw std::runtime_error("sink"); };

    CHECK_THROWS_WITH(ordered_map(
                          threads, bad_source, [] { return slow_square; }, [](int) {}),
                      "source");
    CHECK_THROWS_WITH(ordered_map(
                          threads, numbers(9), [] { return slow_square; }, bad_sink),
                      "sink");
  }
}

TEST_CASE("ordered_map: things that can only be moved pass through") {
  int sum = 0;
  auto source = [next = numbers(10)]() mutable -> std::optional<std::unique_ptr<int>> {
    const auto value = next();
    if (!value) return std::nullopt;
    return std::make_unique<int>(*value);
  };
  const auto make_worker = [] { return [](std::unique_ptr<int> value) { return value; }; };

  ordered_map(2, source, make_worker, [&](std::unique_ptr<int> value) { sum += *value; });

  CHECK(sum == 45);
}
