#pragma once
/// The Rossi recidivism data (Rossi, P.H. et al. "Money, work, and crime", 1980): 432 released
/// prisoners, weeks until the next arrest, 114 arrests. Not part of the project; tests that need it
/// skip without it.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "histo/matrix.hpp"
#include "histo/survival.hpp"

#include "support/catch.hpp"

namespace histo::test {

struct Rossi {
  SurvivalTimes survival;
  DoubleMatrix covariates;  ///< fin, age, race, wexp, mar, paro, prio
};

inline Rossi read_rossi(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  Rossi rossi;
  rossi.covariates.columns = 7;
  while (std::getline(stream, line)) {
    std::istringstream fields(line);
    std::vector<double> row;
    for (std::string field; std::getline(fields, field, ',');) row.push_back(std::stod(field));
    rossi.survival.times.push_back(row.at(0));
    rossi.survival.events.push_back(static_cast<std::uint8_t>(row.at(1)));
    rossi.covariates.values.insert(rossi.covariates.values.end(), row.begin() + 2, row.end());
    ++rossi.covariates.rows;
  }
  return rossi;
}

}  // namespace histo::test
