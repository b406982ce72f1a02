#include <filesystem>
#include <numeric>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/files.hpp"
#include "store/feature_log.hpp"
#include "support/catch.hpp"

using histo::Error;
using histo::ErrorKind;
using histo::FeatureLog;
using histo::Predecessor;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

/// Rows of 3 values, each unlike the others.
std::vector<float> numbers(std::size_t first, std::size_t rows) {
  std::vector<float> values(3 * rows);
  std::iota(values.begin(), values.end(), static_cast<float>(3 * first));
  return values;
}

FeatureLog taken(const std::filesystem::path& file, std::size_t dim, const std::string& key) {
  FeatureLog log(file);
  log.take_up(dim, key);
  return log;
}

std::vector<float> all(const FeatureLog& log) {
  std::vector<float> values(3 * log.rows());
  CHECK(log.read(0, log.rows(), values.data()) == log.rows());
  return values;
}

std::filesystem::path filled(const TempFolder& folder, std::vector<std::size_t> batches) {
  const std::filesystem::path file = folder.path() / "features.part";
  FeatureLog log = taken(file, 3, "key");
  std::size_t first = 0;
  for (const std::size_t rows : batches) {
    log.append(numbers(first, rows).data(), rows);
    first += rows;
  }
  return file;
}

}  // namespace

TEST_CASE("feature log: rows are there again when it is opened under the same key") {
  const TempFolder folder;
  const auto file = filled(folder, {5, 1, 4});
  FeatureLog log = taken(file, 3, "key");
  CHECK(log.rows() == 10);
  CHECK(all(log) == numbers(0, 10));
  log.append(numbers(10, 2).data(), 2);
  CHECK(all(log) == numbers(0, 12));
}

TEST_CASE("feature log: any run of rows can be read, over the batches' borders") {
  const TempFolder folder;
  const FeatureLog log = taken(filled(folder, {5, 1, 4}), 3, "key");
  for (std::size_t first = 0; first <= 10; ++first) {
    std::vector<float> values(3 * 4, -1.0F);
    const std::size_t read = log.read(first, 4, values.data());
    CHECK(read == std::min<std::size_t>(4, 10 - first));
    values.resize(3 * read);
    CHECK(values == numbers(first, read));
  }
}

TEST_CASE("feature log: it begins anew under another key and for rows of another length") {
  const TempFolder folder;
  const auto file = filled(folder, {5});
  CHECK(taken(file, 3, "yek").rows() == 0);
  filled(folder, {5});
  CHECK(taken(file, 1, "key").rows() == 0);
}

TEST_CASE("feature log: cut short anywhere it keeps the whole batches before") {
  const TempFolder folder;
  const auto file = filled(folder, {2, 3});
  const auto size = std::filesystem::file_size(file);
  const std::size_t last = 8 + 3 * 3 * sizeof(float);
  const std::size_t first = 8 + 2 * 3 * sizeof(float);
  for (std::size_t length = 0; length <= size; ++length) {
    filled(folder, {2, 3});
    std::filesystem::resize_file(file, length);
    FeatureLog log = taken(file, 3, "key");
    const std::size_t wanted = length == size ? 5 : (length >= size - last ? 2 : 0);
    CHECK(log.rows() == wanted);
    CHECK(all(log) == numbers(0, wanted));
    log.append(numbers(wanted, 1).data(), 1);
    CHECK(all(log) == numbers(0, wanted + 1));
    std::filesystem::remove(file);
  }
  CHECK(size > first + last);
}

TEST_CASE("feature log: a batch whose bytes were changed is not taken, nor what follows it") {
  const TempFolder folder;
  const auto file = filled(folder, {2, 3});
  std::vector<std::uint8_t> bytes = histo::read_file(file);
  bytes[bytes.size() - 50] ^= 1U;  // in the first batch or the second one's head
  histo::write_file(file, bytes);
  CHECK(taken(file, 3, "key").rows() < 5);
}

TEST_CASE("feature log: a file that is something else is begun anew") {
  const TempFolder folder;
  const auto file = folder.path() / "features.part";
  histo::replace_file(file, "not a log at all, but long enough to be looked at");
  FeatureLog log = taken(file, 3, "key");
  CHECK(log.rows() == 0);
  log.append(numbers(0, 1).data(), 1);
  CHECK(all(log) == numbers(0, 1));
}

TEST_CASE("feature log: while one holds it another is refused") {
  const TempFolder folder;
  const auto file = filled(folder, {2});
  const FeatureLog log = taken(file, 3, "key");
  const auto error = error_of([&] { taken(file, 3, "key"); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "another process is extracting this slide right now"));
  CHECK(log.rows() == 2);
}

TEST_CASE("feature log: it is free again once it is closed, and gone once it is removed") {
  const TempFolder folder;
  const auto file = filled(folder, {2});
  FeatureLog log = taken(file, 3, "key");
  log.remove();
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(taken(file, 3, "key").rows() == 0);
}

TEST_CASE("feature log: one without rows leaves no file") {
  const TempFolder folder;
  const auto file = folder.path() / "features.part";
  taken(file, 3, "key");
  CHECK_FALSE(std::filesystem::exists(file));
  filled(folder, {2});
  taken(file, 3, "another key");
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("feature log: one that was refused leaves the file to who has it") {
  const TempFolder folder;
  const auto file = folder.path() / "features.part";
  FeatureLog log = taken(file, 3, "key");
  error_of([&] { taken(file, 3, "key"); });
  CHECK(std::filesystem::exists(file));
}

TEST_CASE("feature log: a folder that is not there is an error of the output") {
  const TempFolder folder;
  const auto error = error_of([&] { taken(folder.path() / "none" / "a", 3, "key"); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "cannot be created"));
}

TEST_CASE("feature log: a full disk is an error of the output") {
  if (!std::filesystem::exists("/dev/full")) return;
  const TempFolder folder;
  // By another name: a log that failed is deleted.
  const auto file = folder.path() / "features.part";
  std::filesystem::create_symlink("/dev/full", file);
  const auto error = error_of([&] { taken(file, 3, "key"); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "features.part: cannot be"));
}

TEST_CASE(
    "feature log: what a killed process left beside a finished slide goes, unless it is held") {
  const TempFolder folder;
  const auto file = filled(folder, {2});
  {
    const FeatureLog log(file);
    FeatureLog::remove_if_idle(file);
    CHECK(std::filesystem::exists(file));
  }
  CHECK(std::filesystem::exists(file));  // rows that nobody counted stay
  FeatureLog::remove_if_idle(file);
  CHECK_FALSE(std::filesystem::exists(file));
  FeatureLog::remove_if_idle(file);
}

TEST_CASE("feature log: what was taken over goes on, and its former owner writes into nothing") {
  const TempFolder folder;
  const auto file = filled(folder, {2, 3});
  FeatureLog former = taken(file, 3, "key");

  FeatureLog log(file, Predecessor::unknown);
  log.take_up(3, "key");
  former.append(numbers(5, 4).data(), 4);
  log.append(numbers(5, 1).data(), 1);

  CHECK(all(log) == numbers(0, 6));
  const auto bytes = histo::read_file(file);
  former.append(numbers(9, 4).data(), 4);
  former.remove();
  CHECK(histo::read_file(file) == bytes);
  CHECK(all(log) == numbers(0, 6));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()),
                      std::filesystem::directory_iterator()) == 1);
}

TEST_CASE("feature log: a former owner without rows leaves the file to the new one") {
  const TempFolder folder;
  const auto file = folder.path() / "features.part";
  {
    const FeatureLog former(file);
    FeatureLog log(file, Predecessor::unknown);
    log.take_up(3, "key");
    log.append(numbers(0, 1).data(), 1);
  }
  CHECK(taken(file, 3, "key").rows() == 1);
}

TEST_CASE("feature log: taking over one that is not there begins it") {
  const TempFolder folder;
  const auto file = folder.path() / "features.part";
  FeatureLog log(file, Predecessor::unknown);
  log.take_up(3, "key");
  CHECK(log.rows() == 0);
}

TEST_CASE("feature log: rows that cannot be copied are an error of the slide") {
  const TempFolder folder;
  const auto file = folder.path() / "features.part";
  std::filesystem::create_directory(file);
  const auto error = error_of([&] { FeatureLog(file, Predecessor::unknown); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "features.part: cannot be read"));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()),
                      std::filesystem::directory_iterator()) == 1);
}
