#include "jobs/classify_options.hpp"

#include "histo/error.hpp"

#include "core/text.hpp"
#include "jobs/classify_results.hpp"

namespace histo {

void validate(const ClassifyOptions& options) {
  const auto refuse = [](const std::string& sentence) { throw Error(ErrorKind::usage, sentence); };
  if (options.inputs.empty()) refuse("no input is given");
  if (options.output.empty()) refuse("no output folder is given");
  if (options.labels.table.empty() && options.model.empty()) {
    refuse("--labels names the table to learn from, or --apply a model.h5 that has learnt already");
  }
  if (options.labels.column.empty() && !options.labels.table.empty()) {
    refuse("--label must name a column, got an empty name");
  }
  if (options.folds < 2) {
    refuse("--folds must be at least 2, got " + std::to_string(options.folds));
  }
  if (options.threads == 0) refuse("the number of threads must be at least 1, got 0");
  validate(bootstrap_options(options));
}

}  // namespace histo
