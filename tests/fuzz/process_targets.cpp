// What processes leave for each other: claims and records of runs.

#include <filesystem>
#include <vector>

#include "fuzz/bench.hpp"
#include "fuzz/targets.hpp"
#include "jobs/run_records.hpp"
#include "store/claim_file.hpp"
#include "store/layout.hpp"

namespace histo::fuzz {

void claim(std::string_view bytes) {
  const std::filesystem::path file = scratch_file(".claim", bytes);
  const ClaimSight sight = look_at_claim(file);
  require(sight.is_there, "a claim is there whatever it says");
  require(!describe(sight).empty(), "a holder has a description");
  why_left_behind(sight, {"12_3", 1, 300.0}, sight.last_sign);
  const std::optional<ClaimHolder> holder = parse_claim(bytes);
  if (!holder) return;
  require(holder->process.pid > 0 && holder->token.find('/') == std::string::npos,
          "no claim names a group of processes, nor a folder");
  const std::string text = claim_text(*holder);
  const std::optional<ClaimHolder> again = parse_claim(text);
  require(again && claim_text(*again) == text, "what was written is read back");
}

void run_log(std::string_view bytes) {
  static const bool made = std::filesystem::create_directory(runs_folder(scratch_folder()));
  require(made, "the folder was not there");
  scratch_file("runs/20260101T000000Z-host-1-1.jsonl", bytes);
  accepts([&] {
    const RunHistories histories = read_run_logs(scratch_folder());
    require(histories.runs.size() <= 1, "one file is one run");
    std::vector<const RunHistory*> runs;
    for (const RunHistory& run : histories.runs) runs.push_back(&run);
    for (const auto& [name, last] : last_words(runs)) {
      require(last.slide != nullptr && last.run != nullptr, "a last word is somebody's");
    }
    last_failed(scratch_folder(), "tile");
  });
}

}  // namespace histo::fuzz
