#pragma once
/// Things that several threads need and that are costly to make.
///
/// cache.get(key, bytes, make) gives the value of a key. Where it is not there, `make` is called on
/// the caller's thread; whoever asks for the same key meanwhile waits and gets the same value, so
/// that nothing is made twice. Values that have not been asked for the longest are dropped once all
/// of them hold more bytes than the limit; whoever still has one keeps it.
///
/// An exception of `make` reaches everybody who waits for it, and the next to ask makes it anew.
/// Thread rule: all members from many threads at once; `make` must not ask for its own key.

#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace histo {

template <class Key, class Value, class Hash = std::hash<Key>>
class SharedCache {
 public:
  using Shared = std::shared_ptr<const Value>;

  explicit SharedCache(std::size_t byte_limit) : byte_limit_(byte_limit) {}

  /// `bytes` is what the value takes; `make()` gives the value.
  template <class Make>
  Shared get(const Key& key, std::size_t bytes, Make&& make) {
    std::promise<Shared> promise;
    {
      std::unique_lock lock(mutex_);
      if (const auto found = entries_.find(key); found != entries_.end()) {
        by_use_.splice(by_use_.begin(), by_use_, found->second.place);
        const std::shared_future<Shared> value = found->second.value;
        lock.unlock();
        return value.get();
      }
      by_use_.push_front(key);
      entries_.emplace(key, Entry{promise.get_future().share(), bytes, by_use_.begin()});
      bytes_ += bytes;
      ++made_;
      shrink();
    }
    try {
      auto value = std::make_shared<const Value>(make());
      promise.set_value(value);
      return value;
    } catch (...) {
      forget(key);
      promise.set_exception(std::current_exception());
      throw;
    }
  }

  /// How often `make` was called.
  std::size_t made() const {
    const std::lock_guard lock(mutex_);
    return made_;
  }

  /// What the values take that have not been dropped.
  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  using Uses = std::list<Key>;  // the latest in front

  struct Entry {
    std::shared_future<Shared> value;
    std::size_t bytes;
    typename Uses::iterator place;
  };

  // The newest stays even if it alone is over the limit. A value that is still being made may go:
  // those who wait hold its future.
  void shrink() {
    while (bytes_ > byte_limit_ && by_use_.size() > 1) drop(by_use_.back());
  }

  // By value: the key that lies in the list goes with its place.
  void drop(Key key) {
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) return;
    bytes_ -= entry->second.bytes;
    by_use_.erase(entry->second.place);
    entries_.erase(entry);
  }

  // By then the key may have been dropped and be in the making by somebody else, whose value then
  // serves only those who wait for it already.
  void forget(const Key& key) {
    const std::lock_guard lock(mutex_);
    drop(key);
  }

  const std::size_t byte_limit_;
  mutable std::mutex mutex_;
  std::unordered_map<Key, Entry, Hash> entries_;
  Uses by_use_;
  std::size_t bytes_ = 0;
  std::size_t made_ = 0;
};

}  // namespace histo
