// demo_slide make OUT.tiff OUT.json [--size 8192] [--seed 1]
// demo_slide score TRUTH.json SLIDE_FOLDER
// A tool of the demo and the tests; it is not installed.

#include <iostream>
#include <string>
#include <vector>

#include "histo/error.hpp"

#include "core/cpu.hpp"
#include "demo_slide/make.hpp"
#include "demo_slide/score.hpp"

namespace {

using histo::Error;
using histo::ErrorKind;

const std::string usage =
    "usage: demo_slide make OUT.tiff OUT.json [--size 8192] [--seed 1]\n"
    "       demo_slide score TRUTH.json SLIDE_FOLDER\n"
    "--size is the slide's height in pixels; it is a quarter wider.\n";

std::int64_t number_after(const std::vector<std::string>& words, std::size_t i) {
  const std::string value = i + 1 < words.size() ? words[i + 1] : "nothing";
  if (value.empty() || value.size() > 9 ||
      value.find_first_not_of("0123456789") != std::string::npos) {
    throw Error(ErrorKind::usage, words[i] + " must be a whole number, got " + value);
  }
  return std::stoll(value);
}

void make(const std::vector<std::string>& words) {
  histo::demo::MakeOptions options;
  options.slide = words[1];
  options.truth = words[2];
  options.threads = histo::usable_cpus();
  for (std::size_t i = 3; i < words.size(); i += 2) {
    if (words[i] == "--size") {
      options.height = number_after(words, i);
    } else if (words[i] == "--seed") {
      options.seed = static_cast<std::uint32_t>(number_after(words, i));
    } else {
      throw Error(ErrorKind::usage, "unknown option " + words[i]);
    }
  }
  histo::demo::make_slide(options);
}

void score(const std::vector<std::string>& words) {
  std::cout << histo::demo::describe(
      histo::demo::score_clusters(words[1], std::filesystem::path(words[2]) / "clusters.csv"));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() >= 3 && words[0] == "make") {
      make(words);
    } else if (words.size() == 3 && words[0] == "score") {
      score(words);
    } else {
      std::cerr << usage;
      return 2;
    }
  } catch (const Error& error) {
    std::cerr << "demo_slide: " << error.what() << "\n";
    return error.kind() == ErrorKind::usage ? 2 : 1;
  }
  return 0;
}
