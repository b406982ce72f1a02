#pragma once
/// HDF5's handles, which close themselves, and its error stack as our one exception.
///
/// Thread rule: one thread at a time for everything here together.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <hdf5.h>

#include "histo/error.hpp"

namespace histo::hdf5 {

/// What an error's sentence begins with, and whose fault it is. A file that is being written has a
/// temporary name; the subject is the name that the user knows.
struct Subject {
  std::string name;
  ErrorKind kind = ErrorKind::input;
};

/// Owns one identifier of the library.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Close close_function) : id_(id), close_(close_function) {}
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;
  ~Handle() { close(); }

  hid_t get() const { return id_; }
  bool is_open() const { return id_ >= 0; }
  /// False where the library reports an error, such as a full disk, only now.
  bool close();

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// Makes the library silent and harmless at exit. Comes before every other call to it;
/// `create_file` and `open_file` do it.
void start_library();

/// Throws "<subject>: <what>: <the library's innermost reason>", to be called right after the call
/// that failed.
[[noreturn]] void fail(const Subject& subject, const std::string& what);
/// Both throw so where the library reported an error by `id` or `status`.
Handle owned(hid_t id, Handle::Close close, const Subject& subject, const std::string& what);
void check(herr_t status, const Subject& subject, const std::string& what);

/// A new, empty file; it replaces one of that name.
Handle create_file(const std::filesystem::path& file, const Subject& subject);
/// For reading, without a lock: many file systems of clusters have none, and a finished file never
/// changes.
Handle open_file(const std::filesystem::path& file, const Subject& subject);
/// Writes out everything that the library holds back, and closes.
void close_file(Handle& file, const Subject& subject);

/// Scalar attributes of a file (on its root) or of a dataset. Texts are UTF-8 of variable length,
/// which h5py gives as str, and which may be longer than the 64 KiB of an attribute that holds its
/// own bytes.
void write_text(const Handle& object, const char* name, const std::string& value,
                const Subject& subject);
void write_integer(const Handle& object, const char* name, std::int64_t value,
                   const Subject& subject);
void write_unsigned(const Handle& object, const char* name, std::uint64_t value,
                    const Subject& subject);
void write_number(const Handle& object, const char* name, double value, const Subject& subject);

/// Unset where the object has no such attribute. Throw where it has another type.
std::optional<std::string> read_text(const Handle& object, const char* name,
                                     const Subject& subject);
std::optional<std::int64_t> read_integer(const Handle& object, const char* name,
                                         const Subject& subject);
std::optional<std::uint64_t> read_unsigned(const Handle& object, const char* name,
                                           const Subject& subject);
std::optional<double> read_number(const Handle& object, const char* name, const Subject& subject);

/// The numbers that datasets hold. In memory float16 is its 16 bits.
enum class Number { float32, float64, int64, float16, int32 };

struct Shape {
  std::size_t rows = 0;
  std::size_t columns = 0;
};

/// A new dataset of two dimensions, written row by row: chunks of 256 rows, uncompressed. It holds
/// no time of creation, so that equal rows give equal bytes. A chunk is written the moment it is
/// full, past the library's cache, which would report a full disk late and then never let go of
/// what it could not write.
class TableWriter {
 public:
  TableWriter() = default;
  TableWriter(const Handle& file, const char* name, Number type, std::size_t columns,
              const Subject& subject);

  const Handle& dataset() const { return dataset_; }
  std::size_t rows() const { return rows_; }

  /// `values` holds count x columns numbers of the table's type, row-major.
  void append(const void* values, std::size_t count);
  /// Writes what `append` has kept back and closes the dataset.
  void finish();
  /// Closes the dataset as it is.
  void abandon() { dataset_.close(); }

 private:
  void write_chunk();

  Handle dataset_;
  Subject subject_;
  std::size_t columns_ = 0;
  std::size_t row_bytes_ = 0;
  std::size_t rows_ = 0;             ///< with those in chunk_
  std::vector<std::uint8_t> chunk_;  ///< the rows that have no place in the file yet
};

struct Table {
  Handle dataset;
  Shape shape;
  bool holds_float16 = false;
};

/// Throws where there is no such dataset, or not one of two dimensions and of floating-point
/// numbers (float32, float64, float16) or whole numbers (int64) of any width.
Table open_table(const Handle& file, const char* name, Number type, const Subject& subject);
/// `values` takes wanted.rows x wanted.columns numbers; wanted.columns is the table's.
void read_rows(const Table& table, Number type, std::size_t first, Shape wanted, void* values,
               const Subject& subject);

/// The names in the root, sorted.
std::vector<std::string> root_names(const Handle& file, const Subject& subject);

}  // namespace histo::hdf5
