#pragma once
/// A team whose ranks are threads.

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "histo/team.hpp"

namespace histo::test {

/// Where the ranks of one team meet: each puts its bytes in and takes everybody's.
class MeetingPlace {
 public:
  explicit MeetingPlace(std::size_t size) : texts_(size) {}

  std::vector<std::string> meet(std::size_t rank, const std::string& mine) {
    std::unique_lock lock(mutex_);
    texts_[rank] = mine;
    wait_for_all(lock);
    std::vector<std::string> all = texts_;
    wait_for_all(lock);
    return all;
  }

 private:
  void wait_for_all(std::unique_lock<std::mutex>& lock) {
    const std::size_t round = round_;
    if (++arrived_ == texts_.size()) {
      arrived_ = 0;
      ++round_;
      everybody_.notify_all();
      return;
    }
    everybody_.wait(lock, [&] { return round_ != round; });
  }

  std::mutex mutex_;
  std::condition_variable everybody_;
  std::vector<std::string> texts_;
  std::size_t arrived_ = 0;
  std::size_t round_ = 0;
};

class ThreadTeam : public Team {
 public:
  ThreadTeam(MeetingPlace& place, std::size_t rank, std::size_t size)
      : place_(&place), rank_(rank), size_(size) {}

  std::size_t rank() const override { return rank_; }
  std::size_t size() const override { return size_; }
  void sum(double* values, std::size_t count) override { sum_of(values, count); }
  void sum(std::uint64_t* values, std::size_t count) override { sum_of(values, count); }
  std::vector<std::string> gather(const std::string& mine) override {
    return place_->meet(rank_, mine);
  }

 private:
  /// The last rank first: nothing may depend on the order.
  template <class T>
  void sum_of(T* values, std::size_t count) {
    const std::string mine(reinterpret_cast<const char*>(values), count * sizeof(T));
    const std::vector<std::string> all = gather(mine);
    std::fill(values, values + count, T{});
    for (std::size_t rank = size_; rank-- > 0;) {
      for (std::size_t i = 0; i < count; ++i) {
        T value{};
        std::memcpy(&value, all[rank].data() + i * sizeof(T), sizeof(T));
        values[i] += value;
      }
    }
  }

  MeetingPlace* place_;
  std::size_t rank_;
  std::size_t size_;
};

/// What work(team) returns on each rank. If one throws, all have to.
template <class Work>
auto on_ranks(std::size_t size, const Work& work) {
  using Result = decltype(work(std::declval<Team&>()));
  MeetingPlace place(size);
  std::vector<Result> results(size);
  std::vector<std::exception_ptr> failures(size);
  std::vector<std::thread> threads;
  for (std::size_t rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      ThreadTeam team(place, rank, size);
      try {
        results[rank] = work(team);
      } catch (...) {
        failures[rank] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return results;
}

}  // namespace histo::test
