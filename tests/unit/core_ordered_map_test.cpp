#include <algorithm>
#include <atomic>
#include <chrono>
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

namespace {

// Whether it came true before anybody's patience ended.
template <class Condition>
bool comes_true(const Condition& condition) {
  for (int i = 0; i < 20000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return condition();
}

// Errands are the negative numbers here: `errands` of them, and then 0 .. count-1.
auto errands_and_numbers(int errands, int count) {
  return [next = -errands, count]() mutable -> std::optional<int> {
    return next < count ? std::optional<int>(next++) : std::nullopt;
  };
}

bool is_negative(int value) { return value < 0; }

}  // namespace

TEST_CASE("ordered_map: neither does the stream wait for errands, nor takes their last worker") {
  for (const std::size_t threads : std::vector<std::size_t>{2, 3, 8}) {
    std::atomic<int> sunk{0};
    std::vector<int> results;
    const auto make_worker = [&] {
      return [&](int value) {
        // All of the stream passes by them.
        if (value < 0 && !comes_true([&] { return sunk == 50; })) return 1000;
        return value;
      };
    };

    ordered_map(
        threads, errands_and_numbers(7, 50), make_worker,
        [&](int value) {
          results.push_back(value);
          if (value >= 0) ++sunk;
        },
        20, is_negative);

    REQUIRE(results.size() == 57);
    for (int i = 0; i < 50; ++i) CHECK(results[static_cast<std::size_t>(i)] == i);
    CHECK(std::all_of(results.begin() + 50, results.end(), is_negative));
  }
}

TEST_CASE("ordered_map: an errand's result does not wait for those that were due earlier") {
  std::atomic<bool> is_back{false};
  std::vector<int> results;
  const auto make_worker = [&] {
    return [&](int value) {
      if (value == 0 && !comes_true([&] { return is_back.load(); })) return 1000;
      return value;
    };
  };

  ordered_map(
      2,
      [next = 0]() mutable -> std::optional<int> {
        if (next == 3) return std::nullopt;
        return next++ == 1 ? -1 : next - 1;
      },
      make_worker,
      [&](int value) {
        results.push_back(value);
        if (value == -1) is_back = true;
      },
      0, is_negative);

  CHECK(results == std::vector<int>{-1, 0, 2});
}

TEST_CASE("ordered_map: where there is nothing else to do all workers run errands") {
  std::atomic<int> begun{0};
  std::vector<int> results;
  const auto make_worker = [&] {
    return [&](int value) {
      ++begun;
      return comes_true([&] { return begun == 3; }) ? value : 1000;
    };
  };

  ordered_map(
      3, errands_and_numbers(3, 0), make_worker, [&](int value) { results.push_back(value); }, 0,
      is_negative);

  REQUIRE(results.size() == 3);
  CHECK(std::all_of(results.begin(), results.end(), is_negative));
}

TEST_CASE("ordered_map: a source that has nothing for now is asked again after a result") {
  for (const std::size_t threads : std::vector<std::size_t>{1, 2, 8}) {
    // Ten files of five parts each: -1 opens the next file.
    int opened = 0;
    int asked_for = 0;
    int part = 0;
    std::vector<int> parts;
    const auto source = [&]() -> std::optional<int> {
      if (part < 5 * opened) return part++;
      if (asked_for > opened || asked_for == 10) return std::nullopt;
      ++asked_for;
      return -1;
    };
    const auto sink = [&](int value) {
      if (value == -1) {
        ++opened;
      } else {
        parts.push_back(value);
      }
    };

    ordered_map(
        threads, source, [] { return [](int value) { return value; }; }, sink, 0, is_negative);

    REQUIRE(parts.size() == 50);
    for (int i = 0; i < 50; ++i) CHECK(parts[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("ordered_map: an errand's exception surfaces on the caller's stack") {
  for (const std::size_t threads : std::vector<std::size_t>{1, 2, 8}) {
    int sunk = 0;
    const auto make_worker = [] {
      return [](int value) {
        if (value == -1) throw std::runtime_error("errand");
        return value;
      };
    };

    CHECK_THROWS_WITH(ordered_map(
                          threads, errands_and_numbers(1, 1000000), make_worker,
                          [&](int) { ++sunk; }, 0, is_negative),
                      "errand");
    CHECK(sunk < 1000000);
  }
}

TEST_CASE("ordered_map: the window holds errands, too") {
  int given = 0;
  int taken = 0;
  int most = 0;
  auto source = [&, next = errands_and_numbers(40, 40)]() mutable {
    auto value = next();
    if (value) ++given;
    return value;
  };

  ordered_map(
      4, source, [] { return [](int value) { return value; }; },
      [&](int) {
        most = std::max(most, given - taken);
        ++taken;
      },
      5, is_negative);

  CHECK(most <= 5);
  CHECK(taken == 80);
}
