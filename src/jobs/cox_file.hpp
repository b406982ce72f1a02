#pragma once
/// A Cox model on disk, with all that it takes to apply it to other patients.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/cox.hpp"

namespace histo {

struct StoredCoxModel {
  CoxModel model;
  std::vector<std::string> columns;  ///< of the table, one a coefficient
  double cut = 0.0;                  ///< the median of the log risks of those that it was fitted on
};

struct StoredCox {
  StoredCoxModel all;
  std::optional<StoredCoxModel> clinical;  ///< of the clinical columns alone
  double horizon = 0.0;                    ///< when decision curves look
  double penalty = 0.0;
  double l1_ratio = 0.0;
  std::string ties;
  std::string key;  ///< columns of the table that it was fitted on
  std::string time;
  std::string event;
  std::string group;  ///< which told the patients; empty: `key` did, or an older file does not say
  std::vector<std::string> patients;  ///< that it was fitted on
};

/// Throws Error(output).
void write_cox_file(const std::filesystem::path& file, const StoredCox& stored);

/// Throws Error(input) as `read_fitted`, and where the model's parts do not fit each other.
StoredCox read_cox_file(const std::filesystem::path& file);

}  // namespace histo
