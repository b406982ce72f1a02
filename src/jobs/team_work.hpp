#pragma once
/// Work that each rank of a team does a part of, and that fails for all of them or for none.

#include <cstddef>
#include <string>
#include <vector>

#include "histo/error.hpp"
#include "histo/team.hpp"

namespace histo {

/// Calls work() on each rank. Where it throws an Error on one of them, all throw that of the first.
template <class Work>
void together(Team& team, Work&& work) {
  std::string mine;
  try {
    work();
  } catch (const Error& error) {
    mine = std::string(1, static_cast<char>(error.kind())) + error.what();
  }
  for (const std::string& failure : team.gather(mine)) {
    if (!failure.empty()) throw Error(static_cast<ErrorKind>(failure[0]), failure.substr(1));
  }
}

/// The sentences of all ranks, in the order of the ranks, on all of them.
inline std::vector<std::string> gather_sentences(Team& team, const std::vector<std::string>& mine) {
  std::string text;
  for (const std::string& sentence : mine) text += sentence + '\0';
  std::vector<std::string> all;
  for (const std::string& part : team.gather(text)) {
    for (std::size_t begin = 0; begin < part.size();) {
      const std::size_t end = part.find('\0', begin);
      all.push_back(part.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return all;
}

}  // namespace histo
