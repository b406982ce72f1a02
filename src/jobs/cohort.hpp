#pragma once
/// The patients of a survival analysis: those of whom everything is known that it needs.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/matrix.hpp"
#include "histo/survival.hpp"
#include "histo/survival_job.hpp"

#include "jobs/patient_table.hpp"

namespace histo {

enum class CohortPart { none, train, test };

/// All vectors but names have one entry a patient.
struct Cohort {
  std::vector<std::string> keys;
  std::vector<std::string> groups;  ///< names; `group` counts in them
  std::vector<std::int32_t> group;
  bool has_times = true;
  /// Empty without times. Where an outcome may miss, a patient without it has the time NaN.
  SurvivalTimes survival;
  std::vector<std::string> clinical_names;  ///< columns of `clinical`
  std::vector<std::string> cluster_names;   ///< columns of `clusters`
  DoubleMatrix clinical;
  DoubleMatrix clusters;
  std::vector<CohortPart> part;     ///< none without a column for it
  std::vector<std::string> strata;  ///< empty without a column for it; a missing one is empty

  std::size_t lines = 0;             ///< of the table, complete or not
  std::vector<MissingCell> missing;  ///< all that is not known
  std::vector<MissingCell> lacking;  ///< of these, what the lines that are left out lack

  std::size_t patients() const { return keys.size(); }
  std::size_t events() const;
  double median_event_time() const;  ///< throws Error(input) without events
};

/// Which columns of a table are read.
struct CohortColumns {
  std::string key;
  std::string time;  ///< empty: the times are not known
  std::string event;
  bool outcomes_may_miss = false;  ///< a line without time or event is no reason to leave it out
  std::vector<std::string> clinical;
  std::vector<std::string> clusters;
  std::string group;
  std::string split;
  std::string strata;
};
/// The options' columns, patterns resolved. Throws Error(usage) where one of them names no column,
/// and where a clinical column is named twice or stands for something else.
CohortColumns columns_of(const SurvivalJobOptions& options, const PatientTable& table);

/// Throws Error(input) naming the line and the column of what cannot be read, and where no patient
/// is complete.
Cohort read_cohort(const PatientTable& table, const CohortColumns& columns);

/// Some of the patients, in the order given; names stay.
Cohort patients_at(const Cohort& cohort, const std::vector<std::size_t>& places);

/// Some columns of a matrix, then some of another; both have as many rows.
DoubleMatrix columns_at(const DoubleMatrix& first, const std::vector<std::size_t>& of_first,
                        const DoubleMatrix& second, const std::vector<std::size_t>& of_second);

}  // namespace histo
