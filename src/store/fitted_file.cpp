#include "store/fitted_file.hpp"

#include <utility>

#include "histo/error.hpp"
#include "histo/version.hpp"

#include "store/hdf5.hpp"
#include "store/hdf5_datasets.hpp"
#include "store/hdf5_writer.hpp"

namespace histo {

namespace {

constexpr std::int64_t format_version = 1;

using hdf5::Number;
using hdf5::Subject;

template <class Map>
const typename Map::mapped_type& entry_of(const Map& map, const std::string& name,
                                          const std::string& source) {
  const auto found = map.find(name);
  if (found == map.end()) throw Error(ErrorKind::input, source + ": has no '" + name + "'");
  return found->second;
}

template <class Table>
void write_table(const hdf5::FileWriter& writer, const std::string& name, Number type,
                 const Table& table) {
  if (table.columns == 0 || table.values.size() != table.rows * table.columns) {
    throw Error(ErrorKind::internal, writer.subject().name + ": /" + name + " has no columns, or " +
                                         "not as many numbers as rows and columns");
  }
  const Subject& subject = writer.subject();
  const std::string what = "/" + name + " cannot be written";
  hdf5::Handle rows =
      hdf5::new_matrix(writer.file(), name.c_str(), type, {table.rows, table.columns}, subject);
  const hid_t in_memory = type == Number::float32 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
  hdf5::check(H5Dwrite(rows.get(), in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, table.values.data()),
              subject, what);
  if (!rows.close()) hdf5::fail(subject, what);
}

template <class Table>
Table read_table(const hdf5::Handle& file, const std::string& name, Number type,
                 const Subject& subject) {
  const hdf5::Table stored = hdf5::open_table(file, name.c_str(), type, subject);
  Table table;
  table.rows = stored.shape.rows;
  table.columns = stored.shape.columns;
  table.values.resize(table.rows * table.columns);
  hdf5::read_rows(stored, type, 0, stored.shape, table.values.data(), subject);
  return table;
}

void read_dataset(const hdf5::Handle& file, const std::string& name, const Subject& subject,
                  Fitted& fitted) {
  switch (hdf5::content_of(file, name.c_str(), subject)) {
    case hdf5::Content::texts:
      fitted.lists[name] = hdf5::read_texts(file, name.c_str(), subject);
      return;
    case hdf5::Content::float64:
      fitted.numbers[name] = read_table<DoubleMatrix>(file, name, Number::float64, subject);
      return;
    case hdf5::Content::float32:
      fitted.features[name] = read_table<FloatTable>(file, name, Number::float32, subject);
      return;
    case hdf5::Content::other:
      throw Error(subject.kind,
                  subject.name + ": /" + name + " holds neither texts nor floating-point numbers");
  }
}

std::string kind_of(const hdf5::Handle& file, const Subject& subject) {
  auto kind = hdf5::read_text(file, "kind", subject);
  if (kind) return *std::move(kind);
  throw Error(ErrorKind::input, subject.name + ": is no fitted model of histoencoder's");
}

bool is_ours(const std::string& attribute) {
  return attribute == "kind" || attribute == "format_version" || attribute == "tool_version";
}

}  // namespace

const std::string& Fitted::text(const std::string& name) const {
  return entry_of(texts, name, source);
}

const std::vector<std::string>& Fitted::list(const std::string& name) const {
  return entry_of(lists, name, source);
}

const DoubleMatrix& Fitted::matrix(const std::string& name) const {
  return entry_of(numbers, name, source);
}

std::vector<double> Fitted::vector(const std::string& name) const {
  const DoubleMatrix& found = matrix(name);
  if (found.rows != 1) {
    throw Error(ErrorKind::input, source + ": '" + name + "' has " + std::to_string(found.rows) +
                                      " rows, and 1 is wanted");
  }
  return found.values;
}

double Fitted::number(const std::string& name) const {
  const std::vector<double> found = vector(name);
  if (found.size() != 1) {
    throw Error(ErrorKind::input, source + ": '" + name + "' holds " +
                                      std::to_string(found.size()) + " numbers, and 1 is wanted");
  }
  return found.front();
}

const FloatTable& Fitted::table(const std::string& name) const {
  return entry_of(features, name, source);
}

DoubleMatrix row_of(const std::vector<double>& values) {
  DoubleMatrix matrix(1, values.size());
  matrix.values = values;
  return matrix;
}

DoubleMatrix row_of(double value) { return {1, 1, value}; }

void write_fitted(const std::filesystem::path& file, const Fitted& fitted) {
  hdf5::FileWriter writer(file);
  const Subject& subject = writer.subject();
  hdf5::write_text(writer.file(), "kind", fitted.kind, subject);
  hdf5::write_text(writer.file(), "tool_version", version(), subject);
  hdf5::write_integer(writer.file(), "format_version", format_version, subject);
  for (const auto& [name, text] : fitted.texts) {
    hdf5::write_text(writer.file(), name.c_str(), text, subject);
  }
  for (const auto& [name, list] : fitted.lists) {
    hdf5::write_texts(writer.file(), name.c_str(), list, subject);
  }
  for (const auto& [name, matrix] : fitted.numbers) {
    write_table(writer, name, Number::float64, matrix);
  }
  for (const auto& [name, table] : fitted.features) {
    write_table(writer, name, Number::float32, table);
  }
  writer.commit();
}

std::string kind_of_fitted(const std::filesystem::path& file) {
  const Subject subject{file.string(), ErrorKind::input};
  return kind_of(hdf5::open_file(file, subject), subject);
}

Fitted read_fitted(const std::filesystem::path& file, const std::string& kind) {
  const Subject subject{file.string(), ErrorKind::input};
  const hdf5::Handle stored = hdf5::open_file(file, subject);
  Fitted fitted;
  fitted.source = file.string();
  const std::string found = kind_of(stored, subject);
  if (found != kind) {
    throw Error(ErrorKind::input,
                subject.name + ": holds '" + found + "', and '" + kind + "' is wanted");
  }
  const auto stored_version = hdf5::read_integer(stored, "format_version", subject);
  if (stored_version.value_or(0) != format_version) {
    throw Error(ErrorKind::input, subject.name + ": is of format " +
                                      std::to_string(stored_version.value_or(0)) + ", and " +
                                      std::to_string(format_version) + " is known");
  }
  fitted.kind = kind;
  for (const std::string& name : hdf5::attribute_names(stored, subject)) {
    if (is_ours(name)) continue;
    if (const auto text = hdf5::read_text(stored, name.c_str(), subject)) {
      fitted.texts[name] = *text;
    }
  }
  for (const std::string& name : hdf5::root_names(stored, subject)) {
    read_dataset(stored, name, subject, fitted);
  }
  return fitted;
}

}  // namespace histo
