#include "store/hdf5.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "core/half.hpp"

namespace histo::hdf5 {

namespace {

// Foreign chunks of one row are slow to read and to find; larger ones cost memory while they are
// filled.
constexpr hsize_t rows_per_chunk = 256;

/// The part of a description that a reader of the sentence can use: the system's reason where there
/// is one, without the addresses and times around it.
std::string useful_part(std::string_view description) {
  constexpr std::string_view start = "error message = '";
  const std::size_t at = description.find(start);
  if (at == std::string_view::npos) return std::string(description);
  const bool is_lock = description.find("lock file") != std::string_view::npos;
  description.remove_prefix(at + start.size());
  const std::string reason(description.substr(0, description.find('\'')));
  // Some network file systems have no locks, or lose them.
  if (is_lock) {
    return "it cannot be locked (" + reason +
           "); HDF5_USE_FILE_LOCKING=FALSE in the environment does without locks";
  }
  return reason;
}

herr_t take_first(unsigned, const H5E_error2_t* entry, void* reason) {
  std::string& text = *static_cast<std::string*>(reason);
  if (text.empty() && entry->desc != nullptr) text = useful_part(entry->desc);
  return 0;
}

Handle file_access(const Subject& subject) {
  start_library();
  Handle access = owned(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, subject, "no access list");
#if H5_VERSION_GE(1, 10, 7) && !(H5_VERS_MAJOR == 1 && H5_VERS_MINOR == 12 && H5_VERS_RELEASE == 0)
  check(H5Pset_file_locking(access.get(), false, true), subject, "locking cannot be switched off");
#endif
  return access;
}

/// A string type of variable length in a character set.
Handle text_type(H5T_cset_t set, const Subject& subject) {
  Handle type = owned(H5Tcopy(H5T_C_S1), H5Tclose, subject, "no text type");
  check(H5Tset_size(type.get(), H5T_VARIABLE), subject, "no text type");
  check(H5Tset_cset(type.get(), set), subject, "no text type");
  return type;
}

void write_attribute(const Handle& object, const char* name, hid_t stored_type, hid_t type,
                     const void* value, const Subject& subject) {
  const std::string what = std::string("attribute '") + name + "' cannot be written";
  const Handle scalar = owned(H5Screate(H5S_SCALAR), H5Sclose, subject, what);
  const Handle attribute =
      owned(H5Acreate2(object.get(), name, stored_type, scalar.get(), H5P_DEFAULT, H5P_DEFAULT),
            H5Aclose, subject, what);
  check(H5Awrite(attribute.get(), type, value), subject, what);
}

/// An attribute that has been found, and its type; not open where there is none or where it is
/// empty.
struct Attribute {
  Handle handle;
  Handle type;
  std::string what;
};

[[noreturn]] void wrong_type(const Subject& subject, const char* name, const std::string& wanted) {
  throw Error(subject.kind, subject.name + ": attribute '" + name + "' is not a single " + wanted);
}

Attribute find_attribute(const Handle& object, const char* name, const std::string& wanted,
                         const Subject& subject) {
  Attribute found;
  found.what = std::string("attribute '") + name + "' cannot be read";
  const htri_t exists = H5Aexists(object.get(), name);
  check(exists, subject, found.what);
  if (exists == 0) return found;
  Handle attribute = owned(H5Aopen(object.get(), name, H5P_DEFAULT), H5Aclose, subject, found.what);
  const Handle space = owned(H5Aget_space(attribute.get()), H5Sclose, subject, found.what);
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count == 0) return found;
  if (count != 1) wrong_type(subject, name, wanted);
  found.type = owned(H5Aget_type(attribute.get()), H5Tclose, subject, found.what);
  found.handle = std::move(attribute);
  return found;
}

std::string read_variable_text(const Attribute& attribute, const Subject& subject) {
  const Handle type = text_type(H5Tget_cset(attribute.type.get()), subject);
  char* bytes = nullptr;
  check(H5Aread(attribute.handle.get(), type.get(), &bytes), subject, attribute.what);
  std::string text = bytes == nullptr ? "" : bytes;
  const Handle space = owned(H5Screate(H5S_SCALAR), H5Sclose, subject, attribute.what);
  H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, &bytes);
  return text;
}

std::string read_fixed_text(const Attribute& attribute, const Subject& subject) {
  std::string text(H5Tget_size(attribute.type.get()), '\0');
  check(H5Aread(attribute.handle.get(), attribute.type.get(), text.data()), subject,
        attribute.what);
  text.resize(std::min(text.find('\0'), text.size()));
  if (H5Tget_strpad(attribute.type.get()) == H5T_STR_SPACEPAD) {
    text.resize(text.find_last_not_of(' ') + 1);
  }
  return text;
}

template <class Value>
Value read_scalar(const Attribute& attribute, hid_t type, const Subject& subject) {
  Value value{};
  check(H5Aread(attribute.handle.get(), type, &value), subject, attribute.what);
  return value;
}

// IEEE 754's binary16, as NumPy stores it, made of the type with wider parts.
hid_t make_float16() {
  const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_ebias(type, 15);
  H5Tset_size(type, 2);
  return type;
}

hid_t memory_type(Number type) {
  // Lives as long as the library, which is not told of the process's end.
  static const hid_t float16 = make_float16();
  switch (type) {
    case Number::float32:
      return H5T_NATIVE_FLOAT;
    case Number::float64:
      return H5T_NATIVE_DOUBLE;
    case Number::int64:
      return H5T_NATIVE_INT64;
    case Number::float16:
      return float16;
    case Number::int32:
      break;
  }
  return H5T_NATIVE_INT32;
}

}  // namespace

Handle::Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    close();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
  }
  return *this;
}

bool Handle::close() { return !is_open() || close_(std::exchange(id_, -1)) >= 0; }

void fail(const Subject& subject, const std::string& what) {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &reason);  // the innermost comes first
  throw Error(subject.kind, subject.name + ": " + what + (reason.empty() ? "" : ": " + reason));
}

Handle owned(hid_t id, Handle::Close close, const Subject& subject, const std::string& what) {
  if (id < 0) fail(subject, what);
  return {id, close};
}

void check(herr_t status, const Subject& subject, const std::string& what) {
  if (status < 0) fail(subject, what);
}

void start_library() {
  // A file that could not be written stays open in the library, which then writes again while the
  // process ends, and crashes (seen in 1.10.8). All that matters has been closed by its handles
  // before that.
  H5dont_atexit();
  // The library would print its error stack; it is thrown instead.
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Handle create_file(const std::filesystem::path& file, const Subject& subject) {
  const Handle access = file_access(subject);
  return owned(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose, subject,
               "cannot be created");
}

Handle open_file(const std::filesystem::path& file, const Subject& subject) {
  const Handle access = file_access(subject);
  return owned(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose, subject,
               "cannot be opened as an HDF5 file");
}

void close_file(Handle& file, const Subject& subject) {
  // A flush that fails leaves the handle usable, a close that fails does not: only the former has a
  // reason to tell.
  check(H5Fflush(file.get(), H5F_SCOPE_GLOBAL), subject, "cannot be written");
  if (!file.close()) fail(subject, "cannot be written");
}

void write_text(const Handle& object, const char* name, const std::string& value,
                const Subject& subject) {
  const Handle type = text_type(H5T_CSET_UTF8, subject);
  const char* const bytes = value.c_str();
  write_attribute(object, name, type.get(), type.get(), &bytes, subject);
}

void write_integer(const Handle& object, const char* name, std::int64_t value,
                   const Subject& subject) {
  write_attribute(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value, subject);
}

void write_unsigned(const Handle& object, const char* name, std::uint64_t value,
                    const Subject& subject) {
  write_attribute(object, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, &value, subject);
}

void write_number(const Handle& object, const char* name, double value, const Subject& subject) {
  write_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value, subject);
}

std::optional<std::string> read_text(const Handle& object, const char* name,
                                     const Subject& subject) {
  const Attribute found = find_attribute(object, name, "text", subject);
  if (!found.handle.is_open()) return std::nullopt;
  if (H5Tget_class(found.type.get()) != H5T_STRING) wrong_type(subject, name, "text");
  return H5Tis_variable_str(found.type.get()) > 0 ? read_variable_text(found, subject)
                                                  : read_fixed_text(found, subject);
}

std::optional<double> read_number(const Handle& object, const char* name, const Subject& subject) {
  const Attribute found = find_attribute(object, name, "number", subject);
  if (!found.handle.is_open()) return std::nullopt;
  const H5T_class_t type = H5Tget_class(found.type.get());
  if (type != H5T_INTEGER && type != H5T_FLOAT) wrong_type(subject, name, "number");
  return read_scalar<double>(found, H5T_NATIVE_DOUBLE, subject);
}

std::optional<std::int64_t> read_integer(const Handle& object, const char* name,
                                         const Subject& subject) {
  const Attribute found = find_attribute(object, name, "whole number", subject);
  if (!found.handle.is_open()) return std::nullopt;
  const H5T_class_t type = H5Tget_class(found.type.get());
  if (type == H5T_INTEGER) return read_scalar<std::int64_t>(found, H5T_NATIVE_INT64, subject);
  if (type != H5T_FLOAT) wrong_type(subject, name, "whole number");
  // Python's tools store whole numbers as either.
  const auto value = read_scalar<double>(found, H5T_NATIVE_DOUBLE, subject);
  constexpr double largest = 9007199254740992.0;
  const bool whole = std::trunc(value) == value && std::abs(value) <= largest;
  if (!whole) wrong_type(subject, name, "whole number");
  return static_cast<std::int64_t>(value);
}

std::optional<std::uint64_t> read_unsigned(const Handle& object, const char* name,
                                           const Subject& subject) {
  const Attribute found = find_attribute(object, name, "whole number", subject);
  if (!found.handle.is_open()) return std::nullopt;
  if (H5Tget_class(found.type.get()) != H5T_INTEGER) wrong_type(subject, name, "whole number");
  return read_scalar<std::uint64_t>(found, H5T_NATIVE_UINT64, subject);
}

TableWriter::TableWriter(const Handle& file, const char* name, Number type, std::size_t columns,
                         const Subject& subject)
    : subject_(subject), columns_(columns), row_bytes_(columns * H5Tget_size(memory_type(type))) {
  const std::string what = std::string("/") + name + " cannot be created";
  const std::array<hsize_t, 2> size = {0, columns};
  const std::array<hsize_t, 2> limit = {H5S_UNLIMITED, columns};
  const std::array<hsize_t, 2> chunk = {rows_per_chunk, columns};
  const Handle space =
      owned(H5Screate_simple(2, size.data(), limit.data()), H5Sclose, subject, what);
  const Handle creation = owned(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, subject, what);
  check(H5Pset_chunk(creation.get(), 2, chunk.data()), subject, what);
  check(H5Pset_obj_track_times(creation.get(), false), subject, what);
  // Chunks are written as they lie in memory, so the file's type is the memory's.
  dataset_ = owned(H5Dcreate2(file.get(), name, memory_type(type), space.get(), H5P_DEFAULT,
                              creation.get(), H5P_DEFAULT),
                   H5Dclose, subject, what);
  chunk_.reserve(rows_per_chunk * row_bytes_);
}

void TableWriter::append(const void* values, std::size_t count) {
  const auto* bytes = static_cast<const std::uint8_t*>(values);
  while (count > 0) {
    const std::size_t fits = std::min<std::size_t>(count, rows_per_chunk - rows_ % rows_per_chunk);
    chunk_.insert(chunk_.end(), bytes, bytes + fits * row_bytes_);
    bytes += fits * row_bytes_;
    rows_ += fits;
    count -= fits;
    if (rows_ % rows_per_chunk == 0) write_chunk();
  }
}

void TableWriter::finish() {
  if (!chunk_.empty()) write_chunk();
  if (!dataset_.close()) fail(subject_, "cannot be written");
}

void TableWriter::write_chunk() {
  const std::string what = "cannot be written";
  const std::array<hsize_t, 2> size = {rows_, columns_};
  const std::array<hsize_t, 2> start = {(rows_ - 1) / rows_per_chunk * rows_per_chunk, 0};
  check(H5Dset_extent(dataset_.get(), size.data()), subject_, what);
  // The last chunk is rarely full; its rest is in the file too.
  chunk_.resize(rows_per_chunk * row_bytes_);
  check(H5Dwrite_chunk(dataset_.get(), H5P_DEFAULT, 0, start.data(), chunk_.size(), chunk_.data()),
        subject_, what);
  chunk_.clear();
}

Table open_table(const Handle& file, const char* name, Number type, const Subject& subject) {
  const std::string title = std::string("/") + name;
  const std::string what = title + " cannot be opened";
  const htri_t exists = H5Lexists(file.get(), name, H5P_DEFAULT);
  check(exists, subject, what);
  if (exists == 0) throw Error(subject.kind, subject.name + ": has no dataset " + title);

  Table table;
  table.dataset = owned(H5Dopen2(file.get(), name, H5P_DEFAULT), H5Dclose, subject, what);
  const Handle space = owned(H5Dget_space(table.dataset.get()), H5Sclose, subject, what);
  std::array<hsize_t, 2> size{};
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank != 2) {
    throw Error(subject.kind, subject.name + ": " + title + " has " + std::to_string(rank) +
                                  " dimensions, and 2 are wanted");
  }
  check(H5Sget_simple_extent_dims(space.get(), size.data(), nullptr), subject, what);
  table.shape = {size[0], size[1]};

  const Handle stored = owned(H5Dget_type(table.dataset.get()), H5Tclose, subject, what);
  const bool wants_float = type != Number::int64 && type != Number::int32;
  if (H5Tget_class(stored.get()) != (wants_float ? H5T_FLOAT : H5T_INTEGER)) {
    throw Error(subject.kind, subject.name + ": " + title + " does not hold " +
                                  (wants_float ? "floating-point" : "whole") + " numbers");
  }
  table.holds_float16 = H5Tequal(stored.get(), memory_type(Number::float16)) > 0;
  return table;
}

void read_rows(const Table& table, Number type, std::size_t first, Shape wanted, void* values,
               const Subject& subject) {
  if (wanted.rows == 0) return;
  if (type == Number::float32 && table.holds_float16) {
    // The library's own conversion takes many times as long.
    std::vector<std::uint16_t> halves(wanted.rows * wanted.columns);
    read_rows(table, Number::float16, first, wanted, halves.data(), subject);
    half_to_float(halves.data(), halves.size(), static_cast<float*>(values));
    return;
  }
  const std::string what = "rows from " + std::to_string(first) + " cannot be read";
  const std::array<hsize_t, 2> start = {first, 0};
  const std::array<hsize_t, 2> count = {wanted.rows, wanted.columns};
  const Handle in_file = owned(H5Dget_space(table.dataset.get()), H5Sclose, subject, what);
  check(H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(),
                            nullptr),
        subject, what);
  const Handle in_memory =
      owned(H5Screate_simple(2, count.data(), nullptr), H5Sclose, subject, what);
  check(H5Dread(table.dataset.get(), memory_type(type), in_memory.get(), in_file.get(), H5P_DEFAULT,
                values),
        subject, what);
}

std::vector<std::string> root_names(const Handle& file, const Subject& subject) {
  const std::string what = "its list of datasets cannot be read";
  H5G_info_t info{};
  check(H5Gget_info(file.get(), &info), subject, what);
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    std::array<char, 256> name{};
    const ssize_t length = H5Lget_name_by_idx(file.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i,
                                              name.data(), name.size(), H5P_DEFAULT);
    if (length < 0) fail(subject, what);
    names.emplace_back(name.data());
  }
  return names;
}

}  // namespace histo::hdf5
