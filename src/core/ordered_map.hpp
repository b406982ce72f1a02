#pragma once
/// The one place with threads.
///
/// ordered_map(threads, source, make_worker, sink) takes items from `source`, gives each to one of
/// `threads` workers, and hands the results to `sink` in the order of the source. Four roles:
///
///   source() -> std::optional<In>   on the caller's thread, in order; empty ends the stream
///   make_worker() -> work           on the caller's thread, once a worker: builds what a worker
///   needs for itself work(In) -> Out                 on worker threads, in any order sink(Out) on
///   the caller's thread, in source order
///
/// At most `window` items are between source and sink, which bounds memory. An exception from any
/// role surfaces on the caller's stack after the workers have been joined; what was in flight is
/// dropped. With one thread everything runs on the caller's, without any lock.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace histo {

namespace ordered_map_detail {

template <class In, class Out>
struct Task {
  explicit Task(In&& value) : in(std::move(value)) {}
  In in;
  std::optional<Out> out;
  std::exception_ptr failure;
  bool done = false;
};

/// The window: tasks in source order. Deque references stay valid while tasks come and go at its
/// two ends.
template <class In, class Out>
class Window {
 public:
  void push(In&& in) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.emplace_back(std::move(in));
    }
    work_ready_.notify_one();
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    work_ready_.notify_all();
  }

  std::size_t size() const { return tasks_.size(); }  // only the caller's thread adds or removes

  /// Waits for the oldest task and removes it.
  Out pop() {
    std::unique_lock lock(mutex_);
    result_ready_.wait(lock, [this] { return tasks_.front().done; });
    Task<In, Out> task = std::move(tasks_.front());
    tasks_.pop_front();
    --next_;
    lock.unlock();
    if (task.failure) std::rethrow_exception(task.failure);
    return std::move(*task.out);
  }

  template <class Work>
  void serve(Work& work) {
    for (;;) {
      Task<In, Out>* task = nullptr;
      {
        std::unique_lock lock(mutex_);
        work_ready_.wait(lock, [this] { return closed_ || next_ < tasks_.size(); });
        if (closed_) return;
        task = &tasks_[next_++];
      }
      try {
        task->out.emplace(work(std::move(task->in)));
      } catch (...) {
        task->failure = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex_);
        task->done = true;
      }
      result_ready_.notify_one();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable work_ready_;
  std::condition_variable result_ready_;
  std::deque<Task<In, Out>> tasks_;
  std::size_t next_ = 0;  // index of the first task that no worker has taken
  bool closed_ = false;
};

}  // namespace ordered_map_detail

template <class Source, class MakeWorker, class Sink>
void ordered_map(std::size_t threads, Source&& source, MakeWorker&& make_worker, Sink&& sink,
                 std::size_t window = 0) {
  using Work = std::invoke_result_t<MakeWorker&>;
  using In = typename std::invoke_result_t<Source&>::value_type;
  using Out = std::invoke_result_t<Work&, In&&>;

  if (threads <= 1) {
    Work work = make_worker();
    while (std::optional<In> in = source()) sink(work(std::move(*in)));
    return;
  }
  if (window == 0) window = 4 * threads;

  std::vector<Work> works;
  works.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) works.push_back(make_worker());

  ordered_map_detail::Window<In, Out> tasks;
  struct Crew {  // joins on every way out
    ordered_map_detail::Window<In, Out>& tasks;
    std::vector<std::thread> threads;
    ~Crew() {
      tasks.close();
      for (std::thread& thread : threads) thread.join();
    }
  } crew{tasks, {}};
  crew.threads.reserve(threads);
  for (Work& work : works) crew.threads.emplace_back([&tasks, &work] { tasks.serve(work); });

  bool more = true;
  while (more || tasks.size() > 0) {
    while (more && tasks.size() < window) {
      std::optional<In> in = source();
      more = in.has_value();
      if (more) tasks.push(std::move(*in));
    }
    if (tasks.size() > 0) sink(tasks.pop());
  }
}

}  // namespace histo
