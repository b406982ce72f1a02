#include <cstdint>
#include <string>
#include <vector>

#include "core/fingerprint.hpp"
#include "spots/dendrogram.hpp"
#include "spots/lines.hpp"
#include "support/catch.hpp"

using histo::sha256;
using histo::spots::find_lines;
using histo::spots::Lines;
using histo::spots::Merge;
using histo::spots::ward_merges;

namespace {

/// `count` whole numbers below `limit`; with few of them many distances are equal.
std::vector<double> numbers(std::uint64_t seed, std::size_t count, std::uint64_t limit) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    values.push_back(static_cast<double>((seed >> 33U) % limit));
  }
  return values;
}

std::string text_of(const std::vector<Merge>& merges) {
  std::string text;
  for (const Merge& merge : merges) {
    text += std::to_string(merge.smaller) + " " + std::to_string(merge.larger) + "\n";
  }
  return text;
}

std::string digest_of(const std::vector<Merge>& merges) {
  return sha256(text_of(merges)).substr(0, 16);
}

std::string digest_of(const Lines& lines) {
  std::string text;
  for (const std::size_t line : lines.of) text += std::to_string(line) + " ";
  return sha256(text).substr(0, 16);
}

}  // namespace

TEST_CASE("dendrogram: one value needs no merge, two need one") {
  CHECK(ward_merges({5.0}).empty());
  CHECK(text_of(ward_merges({5.0, 1.0})) == "0 1\n");
}

TEST_CASE("dendrogram: equal distances are merged in scipy's order") {
  CHECK(text_of(ward_merges({0, 1, 2, 3, 4, 5})) == "0 1\n2 3\n4 5\n6 7\n8 9\n");
  CHECK(text_of(ward_merges({3, 3, 3, 3})) == "0 1\n2 4\n3 5\n");
}

// The digests are of scikit-learn 1.9.1's ward_tree, and of its labels in order of the means.
TEST_CASE("dendrogram: the merges of many values are scikit-learn's") {
  CHECK(digest_of(ward_merges(numbers(1, 12, 6))) == "7dec941b6b866bbe");
  CHECK(digest_of(ward_merges(numbers(2, 40, 25))) == "c00c13e8e1c4574a");
  CHECK(digest_of(ward_merges(numbers(3, 200, 1000))) == "c1ce5be7c155bacb");
  CHECK(digest_of(ward_merges(numbers(4, 30, 8))) == "df2b95433a121b6c");
}

TEST_CASE("lines: the number with the best silhouette wins, and the labels are scikit-learn's") {
  const Lines few = find_lines(numbers(1, 12, 6));
  const Lines some = find_lines(numbers(2, 40, 25));
  const Lines many = find_lines(numbers(3, 200, 1000));
  const Lines repeated = find_lines(numbers(4, 30, 8));

  CHECK(few.count == 5);
  CHECK(digest_of(few) == "db459bb41055bf22");
  CHECK(some.count == 17);
  CHECK(digest_of(some) == "d84a2e48f696a6c5");
  CHECK(many.count == 74);
  CHECK(digest_of(many) == "98f2c545f8c32df9");
  CHECK(repeated.count == 8);
  CHECK(digest_of(repeated) == "4e42e5b20ef7e178");
}

TEST_CASE("lines: groups are numbered by where they lie, not by which comes first") {
  const Lines lines = find_lines({90, 10, 50, 52, 11, 88, 9});

  CHECK(lines.count == 3);
  CHECK(lines.of == std::vector<std::size_t>{2, 0, 1, 1, 0, 2, 0});
}

TEST_CASE("lines: one or two values are one line") {
  CHECK(find_lines({7.0}).count == 1);
  CHECK(find_lines({7.0, 900.0}).count == 1);
  CHECK(find_lines({7.0, 900.0}).of == std::vector<std::size_t>{0, 0});
}

TEST_CASE("lines: values that are all equal make two lines, as HistoPrep makes of them") {
  const Lines lines = find_lines({4.0, 4.0, 4.0, 4.0});

  CHECK(lines.count == 2);
  CHECK(lines.of == std::vector<std::size_t>{0, 0, 0, 1});
}
