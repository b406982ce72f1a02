#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/shared_cache.hpp"
#include "support/catch.hpp"

using histo::SharedCache;

namespace {

using Cache = SharedCache<int, std::string>;

std::string text(Cache& cache, int key, std::size_t bytes = 1) {
  return *cache.get(key, bytes, [key] { return std::to_string(key); });
}

}  // namespace

TEST_CASE("shared_cache: a value that is there is not made again") {
  Cache cache(10);

  CHECK(text(cache, 7) == "7");
  CHECK(text(cache, 8) == "8");
  CHECK(*cache.get(7, 1, []() -> std::string { return "made again"; }) == "7");
  CHECK(cache.made() == 2);
}

TEST_CASE("shared_cache: the value that was not asked for the longest is dropped first") {
  Cache cache(3);
  for (const int key : {1, 2, 3}) text(cache, key);

  text(cache, 1);
  text(cache, 4);

  const std::size_t made = cache.made();
  text(cache, 1);
  text(cache, 3);
  CHECK(cache.made() == made);
  text(cache, 2);
  CHECK(cache.made() == made + 1);
}

TEST_CASE("shared_cache: what is held never exceeds the limit, but for one value alone") {
  Cache cache(10);

  for (int key = 0; key < 20; ++key) {
    text(cache, key, 4);
    CHECK(cache.bytes() <= 10);
  }
  text(cache, 99, 50);
  CHECK(cache.bytes() == 50);
  text(cache, 100, 4);
  CHECK(cache.bytes() == 4);
}

TEST_CASE("shared_cache: a value that was dropped stays with those who have it") {
  Cache cache(1);
  const auto value = cache.get(1, 1, [] { return std::string("kept"); });

  text(cache, 2);

  CHECK(*value == "kept");
  CHECK(cache.bytes() == 1);
}

TEST_CASE("shared_cache: many threads that want the same values make each once") {
  Cache cache(1000);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;

  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&cache, &wrong, i] {
      for (int step = 0; step < 2000; ++step) {
        const int key = (step * 7 + i) % 100;
        if (text(cache, key) != std::to_string(key)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  CHECK(wrong == 0);
  CHECK(cache.made() == 100);
}

TEST_CASE("shared_cache: threads that drop each other's values still get their own") {
  Cache cache(5);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;

  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&cache, &wrong, i] {
      for (int step = 0; step < 2000; ++step) {
        const int key = (step * 13 + i * 3) % 40;
        if (text(cache, key) != std::to_string(key)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  CHECK(wrong == 0);
  CHECK(cache.bytes() <= 5);
}

TEST_CASE("shared_cache: an exception reaches everybody who waits, and is not kept") {
  Cache cache(10);
  std::atomic<int> caught{0};
  std::atomic<bool> in_the_making{false};
  std::atomic<int> waiting{0};
  const auto fail = [&]() -> std::string {
    in_the_making = true;
    while (waiting < 3) std::this_thread::yield();
    throw std::runtime_error("no value");
  };
  const auto ask = [&](auto&& make) {
    try {
      cache.get(1, 1, make);
    } catch (const std::runtime_error&) {
      ++caught;
    }
  };

  std::thread maker([&] { ask(fail); });
  while (!in_the_making) std::this_thread::yield();
  // Three who come meanwhile. Whoever comes after the failure makes the value and fails as well.
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([&] {
      ++waiting;
      ask([]() -> std::string { throw std::runtime_error("no value either"); });
    });
  }
  maker.join();
  for (std::thread& thread : others) thread.join();

  CHECK(caught == 4);
  CHECK(cache.bytes() == 0);
  CHECK(text(cache, 1) == "1");
}
