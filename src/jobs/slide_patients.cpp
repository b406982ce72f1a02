#include "jobs/slide_patients.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "jobs/patient_table.hpp"

namespace histo {

namespace {

std::map<std::string, std::string> read_patients(const std::filesystem::path& file,
                                                 const std::string& group) {
  const CsvTable table = parse_csv(read_text(file), file.string());
  const std::size_t slide_column = table.column("slide");
  const std::size_t group_column = table.column(group);
  std::map<std::string, std::string> patients;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::string& slide = table.rows[i][slide_column];
    const std::string patient(known_text(table.rows[i][group_column]));
    const auto [known, is_new] = patients.emplace(slide, patient);
    if (is_new || known->second == patient) continue;
    throw Error(ErrorKind::input, table.source + ": line " + std::to_string(table.lines[i]) +
                                      ": the slide " + slide + " has the " + group + " '" +
                                      patient + "', and '" + known->second + "' further up");
  }
  return patients;
}

}  // namespace

SlidePatients read_slide_patients(const std::vector<std::string>& slides,
                                  const std::filesystem::path& table, const std::string& group) {
  std::map<std::string, std::string> patients;
  const std::set<std::string> folders(slides.begin(), slides.end());
  for (std::size_t i = 1; i < slides.size(); ++i) {
    if (slides[i] != slides[i - 1]) continue;
    throw Error(ErrorKind::input, "two slide folders are named " + slides[i] +
                                      "; slides are told apart by their folders' names");
  }
  if (table.empty()) {
    for (const std::string& slide : slides) patients.emplace(slide, slide);
  } else {
    patients = read_patients(table, group);
  }
  SlidePatients result;
  std::set<std::string> names;
  for (const auto& [slide, patient] : patients) {
    if (folders.count(slide) == 0) {
      result.unknown.push_back(slide);
    } else if (!patient.empty()) {
      names.insert(patient);
    }
  }
  result.patients.assign(names.begin(), names.end());
  for (const std::string& slide : slides) {
    const auto found = patients.find(slide);
    if (found == patients.end() || found->second.empty()) {
      result.without.push_back(slide);
      result.patient.push_back(-1);
      continue;
    }
    const auto place =
        std::lower_bound(result.patients.begin(), result.patients.end(), found->second);
    result.patient.push_back(static_cast<std::int32_t>(place - result.patients.begin()));
  }
  if (result.patients.empty()) {
    throw Error(ErrorKind::input, table.string() + ": names no slide of the inputs; the first is " +
                                      (slides.empty() ? "none" : slides.front()));
  }
  return result;
}

}  // namespace histo
