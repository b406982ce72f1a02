#pragma once
/// Signs of life while the process does something else. Besides core/ordered_map.hpp the only place
/// that starts a thread.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace histo {

/// What has to be done again and again as long as it exists.
class Pulse {
 public:
  Pulse() = default;
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;
  virtual ~Pulse() = default;

  /// On the heartbeat's thread, never twice at a time. Short: the others wait for it.
  virtual void beat() noexcept = 0;
};

/// Thread rule: from any thread, but for its end.
class Heartbeat {
 public:
  explicit Heartbeat(std::chrono::milliseconds every);
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
  ~Heartbeat();

  /// The first beat comes after one interval.
  void add(Pulse& pulse);
  /// When this returns the pulse is not in a beat, and has had its last one. No error if it was
  /// not added.
  void remove(const Pulse& pulse);

 private:
  void run();

  const std::chrono::milliseconds every_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_over_ = false;
  std::vector<Pulse*> pulses_;
  std::thread thread_;
};

}  // namespace histo
