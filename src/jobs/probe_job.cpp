#include <cmath>
#include <set>

#include "histo/classify_job.hpp"
#include "histo/error.hpp"

#include "core/text.hpp"
#include "jobs/classify_apply.hpp"
#include "jobs/classify_learn.hpp"
#include "jobs/classify_options.hpp"
#include "jobs/probe_head.hpp"
#include "jobs/probe_ladder.hpp"
#include "jobs/probe_regress.hpp"
#include "store/fitted_file.hpp"

namespace histo {

void validate(const ProbeJobOptions& options) {
  const auto refuse = [](const std::string& sentence) { throw Error(ErrorKind::usage, sentence); };
  validate(options.common);
  validate(options.probe);
  if (!(options.penalty > 0.0 && std::isfinite(options.penalty))) {
    refuse("--penalty must be above 0, got " + number(options.penalty));
  }
  for (const std::size_t size : options.ladder) {
    if (size < 2) refuse("--ladder takes numbers of tiles from 2 on, got " + std::to_string(size));
  }
  const std::set<std::string> names(options.regress.begin(), options.regress.end());
  if (names.size() < options.regress.size()) refuse("--regress must name each column once");
  if (options.regress.empty()) return;
  if (!options.ladder.empty()) refuse("--ladder is of classes, and --regress of numbers");
  if (!options.costs.empty()) {
    refuse("--cost is of classes, and --regress of numbers, which have a --penalty");
  }
}

AnalysisReport run_probe_job(const ProbeJobOptions& options, Observer& observer,
                             const std::atomic<bool>& stop) {
  validate(options);
  const ProbeMethod method(options);
  if (!options.common.model.empty()) {
    if (kind_of_fitted(options.common.model) == "ridge") {
      return apply_numbers(options, observer, stop);
    }
    return apply_classes(method, options.common, observer, stop);
  }
  if (!options.regress.empty()) return learn_numbers(options, observer, stop);
  Ladder ladder(options, observer, stop);
  return learn_classes(method, options.common, &ladder, observer, stop);
}

}  // namespace histo
