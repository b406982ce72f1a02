#include "histoencoder/analysis_options.hpp"

#include <iomanip>
#include <sstream>

#include "histo/version.hpp"

#include "common/app.hpp"
#include "common/options.hpp"

namespace histo::app {

void add_features_option(CLI::App& command, std::vector<std::filesystem::path>& inputs) {
  command
      .add_option("-i,--input", inputs,
                  "Folders with extracted features, or slide folders in them; repeatable.")
      ->option_text("FOLDER...");
}

void add_label_options(CLI::App& command, LabelOptions& labels) {
  command
      .add_option("--labels", labels.table,
                  "A CSV with the column slide (the name of its folder), perhaps x and y of a tile "
                  "(level-0 pixels), and the columns that the next options name.")
      ->option_text("FILE");
  add_value(command, "--label", labels.column, "Its column with the class.", "COLUMN");
  command
      .add_option("--classes", labels.classes,
                  "Classes in their order; lines of others are left out.")
      ->option_text("NAME...")
      ->default_str("all, by name");
  command
      .add_option("--group", labels.group,
                  "Its column with the patient, who is never on both sides of a split.")
      ->option_text("COLUMN")
      ->default_str("each slide by itself");
  command.add_option("--split", labels.split, "Its column with train, validation and test.")
      ->option_text("COLUMN");
}

void add_output_options(CLI::App& command, OutputArguments& output) {
  command.add_option("-o,--output", output.folder, "The folder for the results.")
      ->option_text("FOLDER")
      ->required();
  command.add_flag("-z,--overwrite", output.overwrite, "Replace results that are there already.");
}

void add_seed_option(CLI::App& command, std::uint64_t& seed) {
  add_value(command, "--seed", seed,
            "Seed of all random choices; the same seed gives the same files.", "INT");
}

void add_threads_option(CLI::App& command, std::size_t& threads) {
  add_value(command, "-j,--num-workers,--threads", threads,
            "Threads; 0: all that the job may use. The results do not depend on it.", "INT");
}

int perform_analysis(const std::string& program, const ConsoleOptions& options, const RunInfo& info,
                     const std::function<AnalysisReport(Console&)>& run) {
  Console console(program, options);
  const AnalysisReport report = run(console);
  if (report.interrupted) {
    console.error("interrupted; to start anew, run the same command again");
    return stop_exit_code();
  }
  for (const std::string& finding : report.findings) console.info(finding);
  std::ostringstream end;
  constexpr double mebibyte = 1024.0 * 1024.0;
  end << "version " << version() << " (" << git_description() << "), " << info.command_line << "; "
      << std::fixed << std::setprecision(1) << report.seconds << " s, peak memory "
      << std::setprecision(0) << static_cast<double>(peak_memory_bytes()) / mebibyte << " MiB";
  console.info(end.str());
  return exit_done;
}

}  // namespace histo::app
