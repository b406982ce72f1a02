#include "jobs/stored_tiles.hpp"

#include <algorithm>
#include <utility>

#include "histo/error.hpp"

#include "store/layout.hpp"
#include "store/records.hpp"

namespace histo {

namespace {

/// What reads the very pixels that `reader` read.
SlideBackend backend_of(const std::string& reader) {
  if (reader == "image") return SlideBackend::image;
  if (reader == "openslide") return SlideBackend::openslide;
  if (reader == "direct") return SlideBackend::direct;
  return SlideBackend::automatic;
}

}  // namespace

StoredTiles::StoredTiles(const std::filesystem::path& folder, const std::vector<TileRow>& rows,
                         std::shared_ptr<const StagedCopy> copy)
    : images_(folder, rows), copy_(std::move(copy)) {
  if (are_unsaved(rows)) open_slide(folder);
}

bool StoredTiles::are_unsaved(const std::vector<TileRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const TileRow& row) { return row.path.empty(); });
}

void StoredTiles::open_slide(const std::filesystem::path& folder) {
  const std::filesystem::path file = properties_file(folder);
  const SlideRecord record = read_slide_record(file);
  if (record.slide.empty()) {
    throw Error(ErrorKind::input,
                file.string() + ": does not name the slide, and no tile images were saved");
  }
  try {
    reading_ = reading_of(record);
  } catch (const Error& error) {
    throw Error(error.kind(), file.string() + ": " + error.what());
  }
  slide_.emplace(record.slide, copy_ ? copy_->slide() : std::filesystem::path(record.slide),
                 backend_of(record.reader));
  if (record.size && *record.size != slide_->size()) {
    throw Error(ErrorKind::input, record.slide +
                                      ": is another slide than the one that was tiled: its size "
                                      "differs; 'histoprep --overwrite' tiles it again");
  }
}

Image StoredTiles::read(const TileRow& row) const {
  if (!row.path.empty()) return images_.read(row.path);
  try {
    return read_slide_tile(*slide_, reading_, row.rect);
  } catch (const Error& error) {
    throw in_words_of_the_slide(error, copy_);
  }
}

}  // namespace histo
