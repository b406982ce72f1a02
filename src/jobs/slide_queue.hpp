#pragma once
/// The slides of one run, shared with other processes that have the same output: each slide is
/// claimed before it is worked on, and a run is over when all of its slides are done, by whomever.

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "histo/job.hpp"
#include "histo/observer.hpp"
#include "histo/sharing.hpp"

#include "jobs/report.hpp"
#include "store/claim.hpp"

namespace histo {

/// A slide that is ours as long as this exists.
struct ClaimedSlide {
  std::size_t index = 0;  ///< among the queue's slides
  PlannedSlide planned;
  Claim claim;
};

/// What the queue and its job share.
struct QueueSetting {
  const Sharing& sharing;
  const RunInfo& info;
  RunReport& report;
  Recorder& recorder;
  Observer& observer;
  const std::atomic<bool>& stop;

  /// The decision for one slide anew, now that it is claimed: others may have worked on it since
  /// the plan. May throw Error(input).
  std::function<PlannedSlide(const PlannedSlide&)> plan_again;
};

/// Thread rule: the caller's thread only.
class SlideQueue {
 public:
  /// `plan` may hold slides without work, which are left out.
  SlideQueue(const std::vector<PlannedSlide>& plan, const QueueSetting& setting);

  /// Slides that there was work for in the plan.
  const std::vector<PlannedSlide>& slides() const { return slides_; }

  /// The next slide that is free; those that others hold are put aside. Nothing where none is left,
  /// or the run is to end.
  std::optional<ClaimedSlide> next();

  /// Whether slides have been put aside.
  bool has_to_wait() const { return !aside_.empty() && !is_over(); }

  /// The first of those put aside that becomes free and is not done then. To be called when this
  /// process holds no slide: two that wait for each other would wait for ever. Nothing where none
  /// is left, or the run is to end.
  std::optional<ClaimedSlide> wait();

  /// For a slide whose claim is another process's by now: it is waited for as others are.
  void lose(const ClaimedSlide& slide);

  /// What was not begun is reported as interrupted, and the report of the slides brought into the
  /// plan's order. To be called last.
  void finish();

 private:
  bool is_over() const;
  bool has_too_many_failures() const;
  std::optional<ClaimedSlide> take(std::size_t index);
  /// Whether there is work for it still; otherwise it is reported.
  bool needs_work(PlannedSlide& slide);
  void put_aside(std::size_t index, const std::string& holder);
  void pause(double seconds) const;
  void sort_reports();

  QueueSetting setting_;
  std::vector<PlannedSlide> slides_;
  Claims claims_;
  std::size_t next_ = 0;             // of the slides
  std::set<std::size_t> aside_;      // held by others
  std::size_t reported_before_ = 0;  // by the plan
  bool is_warned_of_links_ = false;
};

/// Leaves only slides whose folders `names` holds: of those that failed last, by their folders'
/// names.
void keep_named(std::vector<PlannedSlide>& plan, const std::set<std::string>& names);

}  // namespace histo
