#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "common/slurm.hpp"
#include "histoencoder/analysis_options.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  EmbedJobOptions job;
  OutputArguments output;
  std::size_t threads = 0;
  std::size_t memory = 0;  ///< bytes; 0: not given
};

// Options that mean something for some methods only.
constexpr std::array drawing_options{"--prototype-tiles", "--max-iter", "--n-init", "--seed",
                                     "--memory",          "--split"};
constexpr std::array prototype_options{"--num-prototypes", "--prototypes"};
constexpr std::array panther_options{"--eps", "--tau", "--steps"};

template <std::size_t Count>
void refuse(const CLI::App& command, const std::array<const char*, Count>& names,
            const std::string& reason) {
  for (const char* name : names) {
    if (command.get_option(name)->count() == 0) continue;
    throw Error(ErrorKind::usage, std::string(name) + " " + reason);
  }
}

bool has_prototypes(EmbedMethod method) {
  return method == EmbedMethod::counts || method == EmbedMethod::shares ||
         method == EmbedMethod::h2t || method == EmbedMethod::panther;
}

void check_units(const EmbedJobOptions& job, const CLI::App& command) {
  if (job.unit == EmbedUnit::group) return;
  refuse(command, std::array{"--fusion"}, "is about --by group");
  if (!job.labels.split.empty()) return;
  refuse(command, std::array{"--labels", "--group"},
         "says whose a slide is, for --by group, or for --split");
}

void check_combination(const EmbedJobOptions& job, const CLI::App& command) {
  check_units(job, command);
  if (!job.apply.empty()) {
    const std::string reason = "says how vectors are made, and --apply takes that from a file";
    refuse(command, std::array{"--method"}, reason);
    refuse(command, prototype_options, reason);
    refuse(command, drawing_options, reason);
    refuse(command, panther_options, reason);
    return;
  }
  if (!has_prototypes(job.method)) {
    const std::string reason = "is about prototypes: --method counts, shares, h2t and panther";
    refuse(command, prototype_options, reason);
    refuse(command, drawing_options, reason);
  }
  if (!job.prototypes.file.empty()) {
    refuse(command, drawing_options, "says how prototypes are found, and --prototypes has them");
  }
  if (job.method != EmbedMethod::panther) {
    refuse(command, panther_options, "is about --method panther");
  }
}

// Half of what is free, so that others on the machine and the disk cache keep some.
std::size_t memory_of(const Arguments& arguments) {
  if (arguments.memory > 0) return arguments.memory;
  const std::size_t free = default_memory();
  const auto allowed = job_memory([](const char* name) { return std::getenv(name); });
  return std::min(free, allowed.value_or(free)) / 2;
}

int embed(const Arguments& arguments, const CLI::App& command, const ConsoleOptions& console,
          RunInfo info) {
  EmbedJobOptions job = arguments.job;
  check_combination(job, command);
  job.output = arguments.output.folder;
  job.overwrite = arguments.output.policy();
  job.threads = resolve_threads(arguments.threads);
  job.memory = memory_of(arguments);
  job.info = std::move(info);
  validate(job);
  return perform_analysis("histoencoder embed", console, job.info, [&job](Console& observer) {
    return run_embed_job(job, observer, stop_flag());
  });
}

void add_method(CLI::App& command, EmbedJobOptions& job) {
  add_choice(command, "--method", job.method,
             {{"mean", EmbedMethod::mean},
              {"std", EmbedMethod::deviation},
              {"max", EmbedMethod::maximum},
              {"counts", EmbedMethod::counts},
              {"shares", EmbedMethod::shares},
              {"h2t", EmbedMethod::h2t},
              {"panther", EmbedMethod::panther}},
             "Of each feature over the tiles, or by prototypes: how many tiles each has (counts: "
             "of length 1; shares: adding up to 1), their mean direction, or PANTHER's mixture.");
  add_optional(command, "-p,--num-prototypes", job.prototypes.count,
               "Prototypes, at least 2; with --prototypes: which of its clusterings.", "INT", "16");
  command
      .add_option("--prototypes", job.prototypes.file,
                  "A centroids.h5 of histoencoder cluster, in place of k-means here.")
      ->option_text("FILE");
  add_value(command, "--prototype-tiles", job.prototypes.tiles,
            "Tiles to draw for each prototype at the most, an equal number from each slide.",
            "INT");
  add_value(command, "--max-iter", job.prototypes.iterations, "Most passes of k-means.", "INT");
  add_value(command, "--n-init", job.prototypes.starts, "Starts of k-means; the best is kept.",
            "INT");
  add_value(command, "--eps", job.panther.prior_variance,
            "Variance of each feature about a prototype, before any tile is seen (panther).",
            "NUMBER");
  add_value(command, "--tau", job.panther.prior_tiles,
            "Tiles that this knowledge is worth (panther).", "NUMBER");
  add_value(command, "--steps", job.panther.steps,
            "Steps of expectation and maximisation (panther).", "INT");
  command
      .add_option("--apply", job.apply,
                  "The model.h5 of an earlier run: its method, prototypes and numbers.")
      ->option_text("FILE");
}

void add_rows(CLI::App& command, EmbedJobOptions& job) {
  add_choice(command, "--by", job.unit, {{"slide", EmbedUnit::slide}, {"group", EmbedUnit::group}},
             "What gets a vector; group: all slides of a patient, by --labels and --group.");
  add_choice(command, "--fusion", job.fusion, {{"late", Fusion::late}, {"early", Fusion::early}},
             "A group's vector: the mean of its slides', or that of their tiles together.");
  command
      .add_option("--labels", job.labels.table,
                  "A CSV with the column slide (the name of its folder) and those that the next "
                  "options name.")
      ->option_text("FILE");
  command
      .add_option("--group", job.labels.group,
                  "Its column with the patient, who is never on both sides of a split.")
      ->option_text("COLUMN")
      ->default_str("each slide by itself");
  command
      .add_option("--split", job.labels.split,
                  "Its column with train, validation and test; prototypes are of train alone.")
      ->option_text("COLUMN");
  command.add_flag("--csv", job.csv, "Write embeddings.csv too.");
}

}  // namespace

Verb add_embed(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_features_option(command, arguments->job.inputs);
  command.get_option("--input")->required();
  add_method(command, arguments->job);
  add_rows(command, arguments->job);
  add_output_options(command, arguments->output);
  add_seed_option(command, arguments->job.seed);
  command
      .add_option("--memory", arguments->memory,
                  "What drawn tiles may take, such as 2G; where they do not fit they are read in "
                  "every pass.")
      ->option_text("SIZE")
      ->default_str("half of what is free")
      ->transform(CLI::AsSizeValue(false));
  add_threads_option(command, arguments->threads);
  return [arguments, &command, &console](RunInfo info) {
    return embed(*arguments, command, console, std::move(info));
  };
}

}  // namespace histo::app
