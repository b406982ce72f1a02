#pragma once
/// Which patient a slide is of.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace histo {

/// Slides of some folders, put together by patient. Without a table each slide is by itself.
struct SlidePatients {
  std::vector<std::string> patients;  ///< names, sorted; `patient` counts in them
  std::vector<std::int32_t> patient;  ///< of each slide; -1: the table does not say
  std::vector<std::string> without;   ///< slides of the folders that the table says nothing of
  std::vector<std::string> unknown;   ///< slides of the table without a folder
};

/// `slides` are names of folders. `table` has the column "slide" and the column `group`, in as many
/// lines a slide as it likes. Throws Error(input) naming the file and the line where a slide has
/// two patients, where a folder's name stands twice, and where no slide has a patient.
SlidePatients read_slide_patients(const std::vector<std::string>& slides,
                                  const std::filesystem::path& table, const std::string& group);

}  // namespace histo
