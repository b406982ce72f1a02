#pragma once
/// The one place with threads.
///
/// ordered_map(threads, source, make_worker, sink) takes items from `source`, gives each to one of
/// `threads` workers, and hands the results to `sink` in the order of the source. Four roles:
///
///   source() -> std::optional<In>   on the caller's thread, in order
///   make_worker() -> work           on the caller's thread, once a worker, which it belongs to
///   work(In) -> Out                 on worker threads, in any order
///   sink(Out)                       on the caller's thread, in source order
///
/// An empty answer of the source means "nothing for now": it is asked again after each result, and
/// the stream ends when it has nothing while nothing is under way.
///
/// Errands are the items that is_errand(item) names: long ones that the stream must not wait for,
/// such as the opening of the file whose parts are the next items. They go beside the stream: a
/// worker takes an errand before anything else, and its result goes to the sink as soon as it is
/// there, before results that were due earlier. One worker stays with the stream, except while all
/// of the stream has been taken and the source has nothing to add to it.
///
/// At most `window` items, errands included, are between source and sink, which bounds memory. An
/// exception from any role surfaces on the caller's stack after the workers have been joined; what
/// was in flight is dropped. With one thread everything runs on the caller's, one item after the
/// other, without any lock.

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <list>
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
  enum class State { waiting, taken, done };
  Task(In&& value, bool errand) : in(std::move(value)), is_errand(errand) {}
  In in;
  bool is_errand;
  std::optional<Out> out;
  std::exception_ptr failure;
  State state = State::waiting;
};

/// What is between source and sink: the stream's tasks in source order, and the errands. References
/// stay valid while tasks come and go at the ends of a deque, and anywhere in a list.
template <class In, class Out>
class Window {
  using Entry = Task<In, Out>;
  using State = typename Entry::State;

 public:
  explicit Window(std::size_t workers) : workers_(workers) {}

  void push(In&& in, bool is_errand) {
    {
      const std::lock_guard lock(mutex_);
      if (is_errand) {
        errands_.emplace_back(std::move(in), true);
      } else {
        stream_.emplace_back(std::move(in), false);
      }
    }
    ++size_;
    work_ready_.notify_one();
  }

  /// The source has nothing to add before the next result.
  void run_dry() {
    {
      const std::lock_guard lock(mutex_);
      is_dry_ = true;
      if (errands_.empty()) return;
    }
    work_ready_.notify_all();
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    work_ready_.notify_all();
  }

  std::size_t size() const { return size_; }

  /// Waits for an errand or for the stream's oldest task, and removes it.
  Out pop() {
    std::unique_lock lock(mutex_);
    auto errand = errands_.end();
    result_ready_.wait(lock, [this, &errand] {
      errand = first_errand(State::done);
      return errand != errands_.end() || (!stream_.empty() && stream_.front().state == State::done);
    });
    Entry task = std::move(errand != errands_.end() ? *errand : stream_.front());
    if (errand != errands_.end()) {
      errands_.erase(errand);
    } else {
      stream_.pop_front();
      --next_;
    }
    is_dry_ = false;
    lock.unlock();
    --size_;
    if (task.failure) std::rethrow_exception(task.failure);
    return std::move(*task.out);
  }

  template <class Work>
  void serve(Work& work) {
    while (Entry* task = take()) {
      try {
        task->out.emplace(work(std::move(task->in)));
      } catch (...) {
        task->failure = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex_);
        task->state = State::done;
        if (task->is_errand) {
          --errands_taken_;
          is_dry_ = false;  // the source may be waiting for just this result
        }
      }
      result_ready_.notify_one();
    }
  }

 private:
  /// Null once it is closed.
  Entry* take() {
    std::unique_lock lock(mutex_);
    auto errand = errands_.end();
    work_ready_.wait(lock, [this, &errand] {
      errand = next_errand();
      return closed_ || errand != errands_.end() || next_ < stream_.size();
    });
    if (closed_) return nullptr;
    Entry& task = errand != errands_.end() ? *errand : stream_[next_++];
    if (task.is_errand) ++errands_taken_;
    task.state = State::taken;
    return &task;
  }

  /// The one to be taken now, if any.
  typename std::list<Entry>::iterator next_errand() {
    const bool stream_has_a_worker = errands_taken_ + 1 < workers_;
    const bool stream_needs_none = is_dry_ && next_ == stream_.size();
    return stream_has_a_worker || stream_needs_none ? first_errand(State::waiting) : errands_.end();
  }

  typename std::list<Entry>::iterator first_errand(State state) {
    return std::find_if(errands_.begin(), errands_.end(),
                        [state](const Entry& errand) { return errand.state == state; });
  }

  const std::size_t workers_;
  std::size_t size_ = 0;  // the caller's thread's
  std::mutex mutex_;
  std::condition_variable work_ready_;
  std::condition_variable result_ready_;
  std::deque<Entry> stream_;
  std::size_t next_ = 0;  // index of the stream's first task that no worker has taken
  std::list<Entry> errands_;
  std::size_t errands_taken_ = 0;  // and not done yet
  bool is_dry_ = false;
  bool closed_ = false;
};

/// Of a stream without errands.
struct NoErrands {
  template <class In>
  bool operator()(const In& /*item*/) const {
    return false;
  }
};

}  // namespace ordered_map_detail

template <class Source, class MakeWorker, class Sink,
          class IsErrand = ordered_map_detail::NoErrands>
void ordered_map(std::size_t threads, Source&& source, MakeWorker&& make_worker, Sink&& sink,
                 std::size_t window = 0, IsErrand is_errand = {}) {
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

  ordered_map_detail::Window<In, Out> tasks(threads);
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

  for (;;) {
    std::optional<In> in;
    while (tasks.size() < window && (in = source())) {
      const bool errand = is_errand(*in);
      tasks.push(std::move(*in), errand);
    }
    if (tasks.size() == 0) return;
    if (tasks.size() < window) tasks.run_dry();
    sink(tasks.pop());
  }
}

}  // namespace histo
