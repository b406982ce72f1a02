#include "core/heartbeat.hpp"

#include <algorithm>

#include <pthread.h>
#include <signal.h>

namespace histo {

namespace {

/// Signals are for the threads that were there before: a call that one of them waits in has to be
/// the one that is interrupted.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

Heartbeat::Heartbeat(std::chrono::milliseconds every) : every_(every) {
  const NoSignals in_the_new_thread;  // which begins with the mask of its maker
  thread_ = std::thread([this] { run(); });
}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

void Heartbeat::add(Pulse& pulse) {
  const std::lock_guard lock(mutex_);
  pulses_.push_back(&pulse);
}

void Heartbeat::remove(const Pulse& pulse) {
  const std::lock_guard lock(mutex_);
  pulses_.erase(std::remove(pulses_.begin(), pulses_.end(), &pulse), pulses_.end());
}

void Heartbeat::run() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, every_, [this] { return is_over_; })) {
    for (Pulse* pulse : pulses_) pulse->beat();
  }
}

}  // namespace histo
