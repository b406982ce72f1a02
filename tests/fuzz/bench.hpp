#pragma once
/// What the targets share: a folder in memory for the bytes, and the check that ends the process.

#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace histo::fuzz {

/// A folder of this process, in memory where the system has such a file system, removed at exit.
const std::filesystem::path& scratch_folder();

/// Puts bytes into a file of that folder and returns its path.
std::filesystem::path scratch_file(const std::string& name, std::string_view bytes);

/// Aborts with the sentence where a promise is broken: the fuzzer keeps the input.
void require(bool promise, const char* sentence);

/// True if `parse` ran through, false if it refused with an Error. Aborts where that blames us
/// (ErrorKind::internal) or says nothing.
bool accepts(const std::function<void()>& parse);

}  // namespace histo::fuzz
