#include "jobs/found.hpp"

#include <system_error>

#include "histo/error.hpp"
#include "histo/feature_store.hpp"

#include "core/process.hpp"
#include "jobs/report.hpp"
#include "store/claim.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"

namespace histo {

namespace {

/// Whether a folder holds anything besides claims.
bool holds_something(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (!is_claim_name(entry->path().filename().string())) return true;
  }
  // Another process may have removed the folder that it made; and what is no folder is for whoever
  // makes it to complain about.
  return error && error != std::errc::no_such_file_or_directory &&
         error != std::errc::not_a_directory;
}

}  // namespace

std::string other_worker(const std::filesystem::path& folder) {
  const std::optional<ClaimHolder> holder = read_claim(folder);
  if (!holder) return "";
  const ProcessIdentity self = this_process();
  const ProcessIdentity& other = holder->process;
  const bool is_self = other.pid == self.pid && other.start == self.start &&
                       other.boot == self.boot && other.pid_namespace == self.pid_namespace;
  if (is_self) return "";
  return life_of(holder->process) == Life::gone ? "" : describe(*holder);
}

Found find_tiles(const std::filesystem::path& folder) {
  Found found;
  found.finished = std::filesystem::exists(tile_table_file(folder));
  found.begun = !found.finished && holds_something(folder);
  if (found.begun) found.worker = other_worker(folder);
  if (!found.finished) return found;
  try {
    const Fingerprint made = read_slide_record(properties_file(folder)).fingerprint;
    if (!made.text().empty()) found.fingerprint = made;
  } catch (const Error&) {
    // HistoPrep's own folders say nothing of how they were made; neither does a damaged file.
    // Finished all the same.
  }
  return found;
}

Found find_features(const std::filesystem::path& folder) {
  Found found;
  found.finished = std::filesystem::exists(features_file(folder));
  if (!found.finished) return found;
  try {
    found.fingerprint =
        Fingerprint::parse(FeatureReader(features_file(folder)).info().fingerprint_parts);
  } catch (const Error& error) {
    found.damage = reason_of(error, folder);
  }
  return found;
}

}  // namespace histo
