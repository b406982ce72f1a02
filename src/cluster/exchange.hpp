#pragma once
/// What ranks tell each other, as bytes.

#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "histo/error.hpp"
#include "histo/team.hpp"

namespace histo::cluster {

class Packing {
 public:
  template <class T>
  void add(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  template <class T>
  void add(const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    add(values.size());
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Unpacking {
 public:
  explicit Unpacking(const std::string& bytes) : bytes_(&bytes) {}

  template <class T>
  T take() {
    T value{};
    copy(&value, sizeof value);
    return value;
  }

  template <class T>
  std::vector<T> take_list() {
    const auto count = take<std::size_t>();
    if (count > (bytes_->size() - at_) / sizeof(T)) fail();
    std::vector<T> values(count);
    if (count > 0) copy(values.data(), count * sizeof(T));
    return values;
  }

 private:
  void copy(void* to, std::size_t count) {
    if (count > bytes_->size() - at_) fail();
    std::memcpy(to, bytes_->data() + at_, count);
    at_ += count;
  }

  [[noreturn]] static void fail() {
    throw Error(ErrorKind::internal, "the processes of a team do not run the same program");
  }

  const std::string* bytes_;
  std::size_t at_ = 0;
};

}  // namespace histo::cluster
