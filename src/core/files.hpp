#pragma once
/// Whole files in and out, and names that appear only when their content is complete.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "histo/error.hpp"

namespace histo {

/// All bytes of a file. Throws Error(kind) naming the path and the system's reason.
std::vector<std::uint8_t> read_file(const std::filesystem::path& file,
                                    ErrorKind kind = ErrorKind::input);
std::string read_text(const std::filesystem::path& file, ErrorKind kind = ErrorKind::input);

/// Writes a file under its own name, replacing one that is there; for files whose presence means
/// nothing by itself. Throws Error(output) if any byte could not be written.
void write_file(const std::filesystem::path& file, const std::uint8_t* bytes, std::size_t count);
void write_file(const std::filesystem::path& file, const std::vector<std::uint8_t>& bytes);

/// Writes beside the target under a name that no other process uses, flushes to the disk, then
/// renames: whoever sees the name sees all of it. Throws Error(output).
void replace_file(const std::filesystem::path& file, std::string_view bytes);
void replace_file(const std::filesystem::path& file, const std::vector<std::uint8_t>& bytes);

/// A name in the target's folder for a file that is not finished:
/// ".<name>.<host>-<pid>-<random>.part".
std::filesystem::path temporary_name(const std::filesystem::path& target);

/// Flushes `temporary` to the disk and gives it its final name. Throws Error(output).
void commit_file(const std::filesystem::path& temporary, const std::filesystem::path& target);

/// Copies a file's bytes to a new file, in pieces. False if `stop` turned true before the end; what
/// is there then is not whole. Throws Error(input) where `from` cannot be read, Error(output).
bool copy_file(const std::filesystem::path& from, const std::filesystem::path& to,
               const std::atomic<bool>& stop);

/// As std::filesystem::create_directories, but throws Error(output) naming the folder.
void make_folders(const std::filesystem::path& folder);

/// A file's size in bytes and the time of its last change in nanoseconds since 1970: "1938955
/// 1763699000123456789". Throws Error(input).
std::string file_stamp(const std::filesystem::path& file);

}  // namespace histo
