#pragma once
/// tiles.tar: the images of one slide's tiles in one uncompressed tar (POSIX.1-1988 "ustar"), for
/// file systems that count files. Its members are flat and lie in the order of the table, all
/// members of one tile side by side, as WebDataset wants them. An index beside it says where each
/// member's bytes lie. docs/formats.md is the specification.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace histo {

/// Writes the tar under a temporary name; a writer that is destroyed without `commit` leaves
/// nothing behind. Thread rule: one thread at a time. All errors of the disk are Error(output)
/// naming the file.
class TileTarWriter {
 public:
  explicit TileTarWriter(const std::filesystem::path& tar);
  TileTarWriter(TileTarWriter&&) noexcept;
  TileTarWriter& operator=(TileTarWriter&&) noexcept;
  ~TileTarWriter();

  /// Adds one file. Equal names and bytes in equal order give an equal tar: no times, no owners.
  /// Throws Error(internal) for a name that `tile_member_name` cannot make, or one that is there.
  void append(const std::string& member, const std::vector<std::uint8_t>& bytes);

  /// Writes the end and the index, flushes both to the disk, and gives them their names, the tar
  /// last. Nothing may be appended then: Error(internal).
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Finds and reads members. Thread rule: const calls from many threads.
class TileTarReader {
 public:
  /// Opens the tar and reads its index, or, without one, the tar's own headers. Throws Error(input)
  /// naming the file: a tar that ends too early or is none, a member that is no tile of ours, a
  /// long name as pax or GNU tar store them, an index that does not fit.
  explicit TileTarReader(const std::filesystem::path& tar);
  TileTarReader(TileTarReader&&) noexcept;
  TileTarReader& operator=(TileTarReader&&) noexcept;
  ~TileTarReader();

  /// The bytes of one member, whose header must say what the index says. Throws Error(input) naming
  /// the tar and the member.
  std::vector<std::uint8_t> read(const std::string& member) const;

  /// How many members there are.
  std::size_t size() const { return places_.size(); }
  const std::filesystem::path& path() const { return tar_; }

 private:
  struct Place {
    std::int64_t offset;  ///< of the member's first byte
    std::int64_t size;
  };
  class File;

  void read_index(const std::filesystem::path& index);
  void scan();
  void add(const std::string& member, const Place& place);

  std::filesystem::path tar_;
  std::unique_ptr<File> file_;
  std::unordered_map<std::string, Place> places_;
};

}  // namespace histo
