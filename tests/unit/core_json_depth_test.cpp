#include <string>

#include "core/json_depth.hpp"
#include "support/catch.hpp"

using namespace histo;

namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("json depth: as many levels as allowed are none too many") {
  CHECK_FALSE(is_too_deep_json(nested(most_json_depth)));
  CHECK(is_too_deep_json(nested(most_json_depth + 1)));
}

TEST_CASE("json depth: lists and objects count alike, closed ones no more") {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += R"({"a":[1]},)";
  CHECK_FALSE(is_too_deep_json(text + "1]"));

  std::string mixed;
  for (std::size_t i = 0; i < most_json_depth; ++i) mixed += R"({"a":[)";
  CHECK(is_too_deep_json(mixed));
}

TEST_CASE("json depth: brackets in a text are no levels, and an escaped quote does not end it") {
  const std::string brackets(1000, '[');
  CHECK_FALSE(is_too_deep_json("\"" + brackets + "\""));
  CHECK_FALSE(is_too_deep_json(R"(["a\")" + brackets + "\"]"));
  CHECK(is_too_deep_json(R"(["a\\")" + brackets));
}

TEST_CASE("json depth: a text that is no JSON ends the count without harm") {
  CHECK_FALSE(is_too_deep_json("]]]}}}"));
  CHECK_FALSE(is_too_deep_json("\"\\"));
  CHECK_FALSE(is_too_deep_json(""));
}
