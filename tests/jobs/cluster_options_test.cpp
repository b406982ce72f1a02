#include "histo/jobs.hpp"

#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

std::string complaint(const ClusterJobOptions& options) {
  const auto error = error_of([&] { validate(options); });
  if (!error) return "no error";
  CHECK(error->kind() == ErrorKind::usage);
  return error->what();
}

}  // namespace

TEST_CASE("cluster job: options that do not go together are refused with a sentence") {
  ClusterJobOptions options;
  options.inputs = {"anywhere"};
  SECTION("whitening without components") {
    options.whiten = true;
    CHECK(contains(complaint(options), "--pca says how many"));
  }
  SECTION("a device of another name") {
    options.device = "abacus";
    CHECK(contains(complaint(options), "--device must be auto, cpu, cuda or cuda:N"));
  }
  SECTION("a start with components") {
    options.start = "start.h5";
    options.pca = 3;
    CHECK(contains(complaint(options), "--pca and --sample must be left out"));
  }
  SECTION("a start with stability") {
    options.start = "start.h5";
    options.stability = 3;
    CHECK(contains(complaint(options), "--init with a file has none"));
  }
  SECTION("a stability of one partition") {
    options.stability = 1;
    CHECK(contains(complaint(options), "--stability compares seeds; it must be 0 or at least 2"));
  }
  SECTION("little memory") {
    options.memory = 1000;
    CHECK(contains(complaint(options), "--memory must be at least 256M, got 1000 bytes"));
  }
}
