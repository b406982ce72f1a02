#pragma once
/// From what the user typed to a list of files.

#include <filesystem>
#include <string>
#include <vector>

namespace histo {

/// Files that patterns stand for, sorted, none twice. An item is a file, a folder (the files
/// directly in it whose extension is one of `extensions`, in lower case without the dot) or a shell
/// pattern with * ? [ ]. Throws Error(input) naming a pattern that matches nothing, a folder
/// without such files, or a file that does not exist.
std::vector<std::filesystem::path> expand_inputs(const std::vector<std::string>& patterns,
                                                 const std::vector<std::string>& extensions);

/// The lines of a text file, without empty ones and those that begin with '#'. Throws Error(input).
std::vector<std::string> read_list(const std::filesystem::path& file);

}  // namespace histo
