#pragma once
/// The linear probe as something that learns classes.

#include <memory>
#include <utility>
#include <vector>

#include "histo/classify_job.hpp"
#include "histo/probe.hpp"

#include "jobs/classifier.hpp"

namespace histo {

/// What was tried while the cost was chosen; empty where it was given.
struct CostChoice {
  std::vector<double> costs;
  std::vector<double> log_losses;  ///< on the validation rows
  std::size_t learnt_from = 0;     ///< rows
  std::size_t validated_on = 0;    ///< rows
};

class LinearHead : public Classifier {
 public:
  explicit LinearHead(Probe probe, CostChoice choice = {})
      : probe_(std::move(probe)), choice_(std::move(choice)) {}

  const Probe& probe() const { return probe_; }

  Answers answer(const FloatMatrixView& rows) const override;
  void save(Fitted& fitted) const override;
  Json findings() const override;
  std::vector<std::string> messages() const override;

 private:
  Probe probe_;
  CostChoice choice_;
};

class ProbeMethod : public Method {
 public:
  /// Borrows the options.
  explicit ProbeMethod(const ProbeJobOptions& options) : options_(options) {}

  std::string verb() const override { return "probe"; }
  std::string kind() const override { return "probe"; }
  bool validates() const override { return !options_.costs.empty(); }

  /// Throws Error(input) where a cost is to be chosen and no group can be held out for it.
  std::unique_ptr<Classifier> learn(const Lesson& lesson, const Lesson* validation) const override;
  std::unique_ptr<Classifier> load(Fitted fitted) const override;

 private:
  const ProbeJobOptions& options_;
};

/// The options of the fit, with the job's threads.
ProbeOptions probe_options(const ProbeJobOptions& options);

}  // namespace histo
