#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <mutex>

#include <pthread.h>
#include <signal.h>

#include "core/heartbeat.hpp"
#include "support/catch.hpp"

using histo::Heartbeat;
using histo::Pulse;

namespace {

/// Counts its beats, and lets the test wait for them.
class Counter : public Pulse {
 public:
  void beat() noexcept override {
    const std::lock_guard lock(mutex_);
    ++beats_;
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    takes_signals_ = sigismember(&blocked, SIGTERM) == 0;
    beaten_.notify_all();
  }

  void wait_for(std::size_t more) {
    std::unique_lock lock(mutex_);
    const std::size_t wanted = beats_ + more;
    beaten_.wait(lock, [this, wanted] { return beats_ >= wanted; });
  }

  std::size_t beats() {
    const std::lock_guard lock(mutex_);
    return beats_;
  }
  bool takes_signals() {
    const std::lock_guard lock(mutex_);
    return takes_signals_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable beaten_;
  std::size_t beats_ = 0;
  bool takes_signals_ = true;
};

constexpr std::chrono::milliseconds often(1);

}  // namespace

TEST_CASE("heartbeat: every pulse is beaten again and again while the caller does something else") {
  Counter first;
  Counter second;
  Heartbeat heartbeat(often);
  heartbeat.add(first);
  heartbeat.add(second);

  first.wait_for(3);
  second.wait_for(3);

  CHECK(first.beats() >= 3);
}

TEST_CASE("heartbeat: a pulse that was removed is not beaten any more") {
  Counter removed;
  Counter other;
  Heartbeat heartbeat(often);
  heartbeat.add(removed);
  heartbeat.add(other);
  removed.wait_for(1);

  heartbeat.remove(removed);

  const std::size_t beats = removed.beats();
  other.wait_for(3);
  CHECK(removed.beats() == beats);
}

TEST_CASE("heartbeat: its end does not wait for the next beat") {
  Counter counter;
  Heartbeat heartbeat(std::chrono::hours(24));
  heartbeat.add(counter);
  heartbeat.remove(counter);
  CHECK(counter.beats() == 0);
}

TEST_CASE("heartbeat: signals are left to the other threads") {
  Counter counter;
  Heartbeat heartbeat(often);
  heartbeat.add(counter);

  counter.wait_for(1);

  heartbeat.remove(counter);
  CHECK_FALSE(counter.takes_signals());
}
