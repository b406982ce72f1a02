#pragma once
/// What was learnt from some tiles or patients, to be applied to others: named numbers and texts in
/// one HDF5 file. docs/formats.md says which names each kind has.
///
/// Thread rule: one thread at a time for all stores together, since HDF5 has one lock for all.

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "histo/matrix.hpp"

namespace histo {

/// float32 numbers, owned.
struct FloatTable {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;  ///< rows x columns, row-major

  FloatMatrixView view() const { return {values.data(), rows, columns}; }
};

class Fitted {
 public:
  /// Which verb's result it is: "knn", "prototypes", "probe", "ridge", "cox", "embedding".
  std::string kind;

  std::map<std::string, std::string> texts;               ///< attributes of the file
  std::map<std::string, std::vector<std::string>> lists;  ///< texts, in an order
  std::map<std::string, DoubleMatrix> numbers;            ///< float64
  std::map<std::string, FloatTable> features;             ///< float32

  /// What must be there. Throw Error(input) "FILE: has no ..."; `source` names the file.
  const std::string& text(const std::string& name) const;
  const std::vector<std::string>& list(const std::string& name) const;
  const DoubleMatrix& matrix(const std::string& name) const;
  /// A matrix of one row, and one of one row and column.
  std::vector<double> vector(const std::string& name) const;
  double number(const std::string& name) const;
  const FloatTable& table(const std::string& name) const;

  std::string source;  ///< the file that it was read from, for errors
};

/// A vector as a matrix of one row.
DoubleMatrix row_of(const std::vector<double>& values);
DoubleMatrix row_of(double value);

/// Written beside the target and renamed into place; equal contents give equal bytes. Throws
/// Error(output).
void write_fitted(const std::filesystem::path& file, const Fitted& fitted);

/// Throws Error(input) naming the file where it is not one of these.
std::string kind_of_fitted(const std::filesystem::path& file);

/// Throws Error(input) naming the file where it is not one of these, or of another kind: "FILE:
/// holds a probe, not a knn".
Fitted read_fitted(const std::filesystem::path& file, const std::string& kind);

}  // namespace histo
