#pragma once

#include <string>

#include "support/catch.hpp"

namespace histo::test {

/// `act` throws an Error of that kind with `part` in its sentence.
template <class Act>
void check_refused(ErrorKind kind, const std::string& part, Act&& act) {
  const auto error = error_of(act);
  INFO("wanted: " << part);
  REQUIRE(error);
  INFO("found: " << error->what());
  CHECK(error->kind() == kind);
  CHECK(contains(error->what(), part));
}

template <class Act>
void check_refused(const std::string& part, Act&& act) {
  check_refused(ErrorKind::input, part, act);
}

}  // namespace histo::test
