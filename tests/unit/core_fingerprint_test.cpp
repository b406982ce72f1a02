#include "core/files.hpp"
#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

TEST_CASE("fingerprint: SHA-256 gives the published sums") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("fingerprint: a file has the sum of its bytes, also beyond one block") {
  const TempFolder folder;
  const std::string bytes(3'000'000, 'x');
  replace_file(folder.path() / "a", bytes);

  CHECK(sha256_file(folder.path() / "a") == sha256(bytes));
  CHECK(contains(error_of([&] { sha256_file(folder.path() / "b"); })->what(), "cannot be opened"));
}

TEST_CASE("fingerprint: the text is read back") {
  Fingerprint print;
  print.set("width", std::int64_t{512});
  print.set("overlap", 0.25);
  print.set("name", std::string("a=b"));

  CHECK(print.text() == "name=a=b\noverlap=0.25\nwidth=512\n");
  CHECK(Fingerprint::parse(print.text()).text() == print.text());
  CHECK(Fingerprint::parse(print.text()).digest() == print.digest());
}

TEST_CASE("fingerprint: a difference is named with both values") {
  Fingerprint older;
  older.set("width", std::int64_t{512});
  Fingerprint newer;
  newer.set("width", std::int64_t{256});
  Fingerprint more = older;
  more.set("level", std::int64_t{1});

  CHECK(newer.difference_from(older) == "width was 512 and is now 256");
  CHECK(more.difference_from(older) == "level was not known and is now 1");
  CHECK(older.difference_from(more) == "level was 1 and no longer applies");
  CHECK(older.difference_from(older).empty());
  CHECK(older.digest() != newer.digest());
}

TEST_CASE("text: numbers are the shortest that read back") {
  CHECK(number(0.1) == "0.1");
  CHECK(number(512.0) == "512");
  CHECK(number(0.2281750559028887) == "0.2281750559028887");
}

TEST_CASE("text: one takes no s") {
  CHECK(count_of(1, "tile") == "1 tile");
  CHECK(count_of(0, "tile") == "0 tiles");
}

TEST_CASE("text: a share is shown in percent with one digit") {
  CHECK(percent(0.305399) == "30.5 %");
  CHECK(percent(0) == "0 %");
}
