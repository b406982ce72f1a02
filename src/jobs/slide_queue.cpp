#include "jobs/slide_queue.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <thread>
#include <utility>

#include "histo/error.hpp"

#include "core/text.hpp"
#include "store/removal.hpp"

namespace histo {

namespace {

std::vector<PlannedSlide> with_work(const std::vector<PlannedSlide>& plan) {
  std::vector<PlannedSlide> slides;
  std::copy_if(plan.begin(), plan.end(), std::back_inserter(slides),
               [](const PlannedSlide& slide) { return slide.action == Action::work; });
  return slides;
}

}  // namespace

SlideQueue::SlideQueue(const std::vector<PlannedSlide>& plan, const QueueSetting& setting)
    : setting_(setting),
      slides_(with_work(plan)),
      claims_({setting.info.job, setting.info.restarts, setting.sharing.stale_after}),
      reported_before_(setting.report.slides.size()) {}

std::optional<ClaimedSlide> SlideQueue::next() {
  while (next_ < slides_.size() && !is_over()) {
    if (std::optional<ClaimedSlide> slide = take(next_++)) return slide;
  }
  return std::nullopt;
}

std::optional<ClaimedSlide> SlideQueue::wait() {
  // Soon at first, as most slides take seconds; seldom later, as each look costs the file server.
  constexpr double shortest = 0.1;
  const double longest = std::clamp(setting_.sharing.stale_after / 6.0, shortest, 5.0);
  for (double seconds = shortest; has_to_wait(); seconds = std::min(1.5 * seconds, longest)) {
    const std::set<std::size_t> held = aside_;
    for (const std::size_t index : held) {
      if (is_over()) return std::nullopt;
      if (std::optional<ClaimedSlide> slide = take(index)) return slide;
    }
    if (has_to_wait()) pause(seconds);
  }
  return std::nullopt;
}

void SlideQueue::lose(const ClaimedSlide& slide) {
  const std::string holder = slide.claim.holder();
  setting_.recorder.warn(slide.planned.input.string() + ": was taken over by " + holder +
                         " while this process gave no sign of life; what it did of it is dropped");
  aside_.insert(slide.index);
}

void SlideQueue::finish() {
  std::set<std::size_t> left = aside_;
  for (; next_ < slides_.size(); ++next_) left.insert(next_);
  for (const std::size_t index : left) setting_.recorder.interrupted(slides_[index].input, 0.0);
  if (!setting_.stop.load() && has_too_many_failures() && !left.empty()) {
    setting_.recorder.warn(
        "the run ends after " + count_of(setting_.report.count(Outcome::failed), "failed slide") +
        ", as --max-failures says; " + count_of(left.size(), "slide") + " not begun");
  }
  sort_reports();
  setting_.report.interrupted = setting_.report.count(Outcome::interrupted) > 0 &&
                                (setting_.stop.load() || !has_too_many_failures());
}

bool SlideQueue::is_over() const { return setting_.stop.load() || has_too_many_failures(); }

bool SlideQueue::has_too_many_failures() const {
  const std::size_t most = setting_.sharing.max_failures;
  return most > 0 && setting_.report.count(Outcome::failed) >= most;
}

std::optional<ClaimedSlide> SlideQueue::take(std::size_t index) {
  PlannedSlide slide = slides_[index];
  ClaimAnswer answer = claims_.take(slide.folder);
  if (!answer.claim) {
    put_aside(index, answer.holder);
    return std::nullopt;
  }
  aside_.erase(index);
  if (!answer.claim->is_guarded() && !std::exchange(is_warned_of_links_, true)) {
    setting_.recorder.warn(slide.folder.string() +
                           ": this file system knows no hard links, so nothing keeps two processes "
                           "from doing the same slide");
  }
  if (!answer.claim->taken_over().empty()) {
    setting_.recorder.warn(slide.input.string() + ": taken over from " +
                           answer.claim->taken_over());
  }
  if (!needs_work(slide)) return std::nullopt;
  remove_abandoned(slide.folder);
  return ClaimedSlide{index, std::move(slide), std::move(*answer.claim)};
}

bool SlideQueue::needs_work(PlannedSlide& slide) {
  try {
    slide = setting_.plan_again(slide);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    slide.action = Action::refuse;
    slide.reason = reason_of(error, slide.input);
  }
  switch (slide.action) {
    case Action::work:
      return true;
    case Action::skip:
      setting_.recorder.skipped(slide.input, "done meanwhile by another process");
      return false;
    case Action::refuse:
      break;
  }
  setting_.recorder.failed(slide.input, slide.reason, 0.0);
  return false;
}

void SlideQueue::put_aside(std::size_t index, const std::string& holder) {
  const bool is_new = aside_.insert(index).second;
  if (!is_new) return;
  setting_.observer.note(slides_[index].input.string() + ": is being worked on by " + holder +
                         "; it is looked at again later");
}

// In pieces: whoever asks the run to stop does not want to wait.
void SlideQueue::pause(double seconds) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!setting_.stop.load() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

// Which of two slides is free, open or failed first is chance.
void SlideQueue::sort_reports() {
  std::map<std::filesystem::path, std::size_t> places;
  for (std::size_t i = 0; i < slides_.size(); ++i) places.emplace(slides_[i].input, i);
  std::vector<SlideReport>& reports = setting_.report.slides;
  const auto first = reports.begin() + static_cast<std::ptrdiff_t>(reported_before_);
  std::stable_sort(first, reports.end(), [&places](const SlideReport& a, const SlideReport& b) {
    return places.at(a.input) < places.at(b.input);
  });
}

void keep_named(std::vector<PlannedSlide>& plan, const std::set<std::string>& names) {
  plan.erase(std::remove_if(plan.begin(), plan.end(),
                            [&names](const PlannedSlide& slide) {
                              return names.count(slide.folder.filename().string()) == 0;
                            }),
             plan.end());
}

}  // namespace histo
