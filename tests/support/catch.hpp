#pragma once
/// Catch2 2 or 3, whichever is installed, and the few helpers that every test shares. The only
/// place that knows the difference.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
namespace histo::test {
using Catch::Approx;
}
#else
#include <catch2/catch.hpp>
namespace histo::test {
using Approx = Catch::Detail::Approx;
}
#endif

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include "histo/error.hpp"

namespace histo::test {

/// The Error that `act` throws, if it throws one.
template <class Act>
std::optional<Error> error_of(Act&& act) {
  try {
    act();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A folder of its own that is removed at the end of the test.
class TempFolder {
 public:
  TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A file or folder of the optional test data, if it is there.
std::optional<std::filesystem::path> shared_file(const std::string& relative);

}  // namespace histo::test

/// Leaves the test, marked as skipped, where the optional test data is absent.
#define SKIP_WITHOUT(optional_path, what)                            \
  if (!(optional_path)) {                                            \
    std::cout << "SKIPPED: the test data has no " << (what) << "\n"; \
    return;                                                          \
  }                                                                  \
  static_cast<void>(0)
