#include <algorithm>
#include <functional>
#include <numeric>
#include <system_error>
#include <utility>

#include <sys/statvfs.h>

#include "histo/error.hpp"
#include "histo/plan_job.hpp"
#include "histo/slide.hpp"

#include "core/ordered_map.hpp"
#include "jobs/feature_info.hpp"
#include "jobs/plan.hpp"
#include "jobs/plan_rates.hpp"
#include "jobs/prepare.hpp"
#include "jobs/report.hpp"
#include "jobs/tile_record.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

PlanState state_of(const Found& found, const PlannedSlide& planned) {
  if (!found.worker.empty()) return PlanState::held;
  if (!found.damage.empty()) return PlanState::unreadable;
  if (planned.action == Action::skip) return PlanState::done;
  if (found.finished && planned.action == Action::refuse) return PlanState::stale;
  if (found.begun && !found.finished) return PlanState::unfinished;
  return planned.action == Action::refuse ? PlanState::refused : PlanState::work;
}

void take_plan(const Found& found, const PlannedSlide& planned, PlanRow& row) {
  row.state = state_of(found, planned);
  row.reason = planned.reason;
  row.fails = planned.action == Action::refuse;
}

void refuse(PlanRow& row, PlanState state, const std::string& reason) {
  row.state = state;
  row.reason = reason;
  row.fails = true;
}

bool needs_work(const PlanRow& row) { return !row.fails && row.state != PlanState::done; }

std::size_t tiles_of(const fs::path& folder) {
  const std::optional<SlideRecord> record = slide_record(folder);
  return record ? record->num_tiles : 0;
}

/// Opens the slide. What it says is no matter where it is done already.
void look_at_headers(const TileJobOptions& options, ForecastRow& slide) {
  PlanRow& row = slide.row;
  const auto fail = [&row](PlanState state, const Error& error) {
    if (error.kind() != ErrorKind::input) throw error;
    if (row.state == PlanState::done || row.fails) return;
    refuse(row, state, reason_of(error, row.input));
  };
  std::optional<Slide> opened;
  try {
    opened = Slide::headers_of(row.input, options.backend);
  } catch (const Error& error) {
    fail(PlanState::unreadable, error);
    return;
  }
  row.size = opened->size();
  row.levels = static_cast<std::size_t>(opened->level_count());
  try {
    const TileForecast forecast = forecast_tiles(options, *opened);
    row.mpp = forecast.scale.mpp_x;
    row.cells = forecast.cells;
    slide.tile = forecast.tile;
    slide.thumbnail = forecast.thumbnail;
  } catch (const Error& error) {
    row.mpp = opened->properties().mpp_x;
    fail(PlanState::refused, error);
  }
}

ForecastRow look_at_tiles(const TileJobOptions& options, const Candidate& candidate) {
  ForecastRow slide;
  PlanRow& row = slide.row;
  row.input = candidate.input;
  row.folder = candidate.folder;
  if (row.folder.empty() || !candidate.twin.empty()) {
    refuse(row, PlanState::refused,
           row.folder.empty() ? candidate.obstacle : reason_of_twins(options, candidate));
  } else {
    try {
      const Found found = find_tiles(row.folder);
      take_plan(found,
                decide(row.input, row.folder, found, tile_fingerprint(options, row.input),
                       options.overwrite, "tiles"),
                row);
      if (row.state == PlanState::done) row.tiles_done = row.tiles = tiles_of(row.folder);
    } catch (const Error& error) {  // a slide, or a file beside it, that is gone
      refuse(row, PlanState::unreadable, reason_of(error, row.input));
      return slide;
    }
  }
  look_at_headers(options, slide);
  return slide;
}

/// What one thread found out about the slide, for the one that may open feature files.
struct ExtractionRow {
  ForecastRow slide;
  bool has_tiles = false;
  std::optional<Fingerprint> wanted;
};

/// Of a slide whose tiles are done.
void look_at_tiled(const ExtractJobOptions& options, const ModelCard& card, ExtractionRow& row) {
  PlanRow& plan = row.slide.row;
  row.has_tiles = true;
  try {
    if (const std::optional<SlideRecord> record = slide_record(plan.folder)) {
      plan.tiles = record->num_tiles;
      plan.size = record->size;
      plan.levels = static_cast<std::size_t>(record->level_count.value_or(0));
      plan.mpp = record->mpp_x;
    } else {
      plan.tiles = kept_tiles(read_tile_table(tile_table_file(plan.folder))).size();
    }
    row.wanted = feature_fingerprint(plan.folder, card, options);
  } catch (const Error& error) {
    refuse(plan, PlanState::unreadable, reason_of(error, plan.folder));
  }
}

ExtractionRow look_at_extraction(const ExtractJobOptions& options, const ModelCard& card,
                                 const Candidate& candidate) {
  ExtractionRow row;
  if (!options.tiling) {
    row.slide.row.input = candidate.input;
    row.slide.row.folder = candidate.folder;
    look_at_tiled(options, card, row);
    return row;
  }
  row.slide = look_at_tiles(tiling_of(options), candidate);
  PlanRow& plan = row.slide.row;
  if (plan.state == PlanState::done) {
    look_at_tiled(options, card, row);
  } else if (!plan.fails) {
    PlannedSlide planned{plan.input, plan.folder, Action::work, ""};
    refuse_images(options, planned);
    if (planned.action == Action::refuse) refuse(plan, PlanState::refused, planned.reason);
  }
  return row;
}

/// What there is of the features. Opens their file.
void look_at_features(const ExtractJobOptions& options, const ModelCard& card,
                      ExtractionRow& looked) {
  PlanRow& row = looked.slide.row;
  if (!looked.wanted) return;
  Found found = find_features(row.folder);
  if (!found.finished) {
    found.begun = fs::exists(feature_log_file(row.folder));
    found.worker = other_worker(row.folder);
  }
  Found decided = found;
  decided.begun = false;  // rows that are there are gone on from, whatever --overwrite says
  PlannedSlide planned =
      decide(row.input, row.folder, decided, *looked.wanted, options.overwrite, "features");
  if (!options.force) refuse_misfit(card, planned);
  take_plan(found, planned, row);
  if (row.state == PlanState::done) row.tiles_done = row.tiles;
}

/// Runs `look` on every slide's own, on several threads, and `take` on what it gives, in order.
template <class Look, class Take>
void look_at_all(const std::vector<Candidate>& slides, std::size_t threads, Observer& observer,
                 const std::atomic<bool>& stop, const Look& look, const Take& take) {
  std::size_t next = 0;
  std::size_t seen = 0;
  ordered_map(
      threads,
      [&]() -> std::optional<const Candidate*> {
        if (next == slides.size() || stop.load()) return std::nullopt;
        return &slides[next++];
      },
      [&look] { return [&look](const Candidate* slide) { return look(*slide); }; },
      [&](auto&& looked) {
        take(std::forward<decltype(looked)>(looked));
        observer.progress(++seen, slides.size(), "slides");
      },
      16 * threads);
}

void look_at_room(const fs::path& output, PlanTable& table) {
  std::error_code error;
  fs::path place = fs::absolute(output, error);
  while (!place.empty() && place != place.root_path() && !fs::exists(place, error)) {
    place = place.parent_path();
  }
  struct statvfs room {};
  if (::statvfs(place.c_str(), &room) != 0) return;
  table.free_bytes = static_cast<std::uintmax_t>(room.f_bavail) * room.f_frsize;
  // Some file systems make inodes as they are needed, and count none.
  if (room.f_files > 0) table.free_inodes = room.f_favail;
}

void add_waiting(const ExtractJobOptions& options, PlanTable& table) {
  for (const fs::path& input : options.inputs) {
    if (fs::exists(tile_table_file(input))) continue;
    for (const fs::path& folder : unfinished_folders(input)) {
      PlanRow row;
      row.input = row.folder = folder;
      row.state = PlanState::waiting;
      row.reason = "histoprep has not finished it";
      table.rows.push_back(row);
    }
  }
}

}  // namespace

const char* name_of(PlanState state) {
  switch (state) {
    case PlanState::work:
      return "work";
    case PlanState::done:
      return "done";
    case PlanState::stale:
      return "stale";
    case PlanState::unfinished:
      return "unfinished";
    case PlanState::held:
      return "held";
    case PlanState::waiting:
      return "waiting";
    case PlanState::unreadable:
      return "unreadable";
    case PlanState::refused:
      break;
  }
  return "refused";
}

std::size_t PlanTable::count(PlanState state) const {
  return static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [state](const PlanRow& row) { return row.state == state; }));
}

bool PlanTable::will_fail() const {
  return std::any_of(rows.begin(), rows.end(), [](const PlanRow& row) { return row.fails; });
}

std::size_t PlanTable::tiles() const {
  return std::accumulate(
      rows.begin(), rows.end(), std::size_t{0},
      [](std::size_t sum, const PlanRow& row) { return sum + (needs_work(row) ? row.tiles : 0); });
}

std::uintmax_t PlanTable::bytes() const {
  return std::accumulate(rows.begin(), rows.end(), std::uintmax_t{0},
                         [](std::uintmax_t sum, const PlanRow& row) { return sum + row.bytes; });
}

std::uintmax_t PlanTable::inodes() const {
  return std::accumulate(rows.begin(), rows.end(), std::uintmax_t{0},
                         [](std::uintmax_t sum, const PlanRow& row) { return sum + row.inodes; });
}

PlanTable tabulate(const TileJobOptions& options, Observer& observer,
                   const std::atomic<bool>& stop) {
  validate(options);
  read_inputs(options);
  const Share share = share_of(tile_candidates(options), options.sharing.shard);
  std::vector<ForecastRow> slides;
  look_at_all(
      share.slides, options.threads, observer, stop,
      [&options](const Candidate& slide) { return look_at_tiles(options, slide); },
      [&slides](ForecastRow&& slide) { slides.push_back(std::move(slide)); });
  const TileRates rates(options, slides);
  PlanTable table;
  for (ForecastRow& slide : slides) {
    if (needs_work(slide.row)) rates.expect(slide);
    table.rows.push_back(std::move(slide.row));
  }
  table.basis = rates.basis();
  table.interrupted = table.rows.size() < share.slides.size();
  look_at_room(options.output, table);
  return table;
}

PlanTable tabulate(const ExtractJobOptions& options, const ModelCard& card, Observer& observer,
                   const std::atomic<bool>& stop) {
  validate(options);
  const std::vector<Candidate> all = options.tiling
                                         ? tile_candidates(*options.tiling)
                                         : folder_candidates(find_slide_folders(options.inputs));
  const Share share = share_of(all, options.sharing.shard);
  std::vector<ForecastRow> slides;
  std::vector<bool> have_tiles;
  look_at_all(
      share.slides, options.threads, observer, stop,
      [&](const Candidate& slide) { return look_at_extraction(options, card, slide); },
      [&](ExtractionRow&& looked) {
        look_at_features(options, card, looked);
        slides.push_back(std::move(looked.slide));
        have_tiles.push_back(looked.has_tiles);
      });
  PlanTable table;
  table.basis = "tiles are those of histoprep's tables";
  if (options.tiling) {
    const TileJobOptions tiling = tiling_of(options);
    const TileRates rates(tiling, slides);
    for (std::size_t i = 0; i < slides.size(); ++i) {
      if (needs_work(slides[i].row) && !have_tiles[i]) rates.expect(slides[i]);
    }
    table.basis = rates.basis();
  }
  for (ForecastRow& slide : slides) {
    PlanRow& row = slide.row;
    if (needs_work(row)) {
      row.bytes += bytes_of_features(row.tiles, card.dim);
      ++row.inodes;
    }
    table.rows.push_back(std::move(row));
  }
  table.interrupted = table.rows.size() < share.slides.size();
  if (!options.tiling && options.sharing.shard.count == 1) add_waiting(options, table);
  look_at_room(options.tiling ? options.tiling->output : output_of(options.inputs.front()), table);
  return table;
}

}  // namespace histo
