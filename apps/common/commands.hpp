#pragma once
/// The verbs of a program: how they are told of, and which one was asked for.

#include <functional>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "histo/jobs.hpp"

#include "common/console.hpp"

namespace histo::app {

/// What runs a verb, given how it was called.
using Verb = std::function<int(RunInfo)>;

/// A verb, or one of the jobs of `sbatch`.
struct Command {
  const char* name;
  const char* description;
  const char* examples;
  /// Adds the verb's options to the command line and gives what runs when it was asked for.
  Verb (*add)(CLI::App&, const ConsoleOptions&);
};

/// Those of one program. Borrows the console's options.
class Commands {
 public:
  explicit Commands(ConsoleOptions& console) : console_(console) {}

  void add(CLI::App& parent, const Command& command);

  /// The last verb on the command line and what runs it; null where none was asked for.
  const std::pair<const CLI::App*, Verb>* asked() const;

 private:
  ConsoleOptions& console_;
  std::vector<std::pair<const CLI::App*, Verb>> verbs_;
};

}  // namespace histo::app
