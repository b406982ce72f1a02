#pragma once
/// The images of a slide's tiles, wherever they are.

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "histo/image.hpp"
#include "histo/slide.hpp"
#include "histo/tile_table.hpp"

#include "jobs/staging_area.hpp"
#include "jobs/tile_pixels.hpp"
#include "store/tile_files.hpp"

namespace histo {

/// Files, members of the slide's tar, or, where no image was saved, regions of the slide itself,
/// then with the pixels that would have been saved as PNG. Thread rule: const use from many
/// threads.
class StoredTiles {
 public:
  /// `rows` are the slide's table. Throws Error(input) where the tar cannot be read, and where the
  /// slide is gone, has another size than it had or cannot be opened.
  /// The slide is read from `copy`, if there is one.
  StoredTiles(const std::filesystem::path& folder, const std::vector<TileRow>& rows,
              std::shared_ptr<const StagedCopy> copy = nullptr);

  /// Whether some of these tiles have no image of their own, so that the slide is read.
  static bool are_unsaved(const std::vector<TileRow>& rows);

  /// Throws Error(input) naming the file.
  Image read(const TileRow& row) const;

 private:
  void open_slide(const std::filesystem::path& folder);

  TileImages images_;
  std::shared_ptr<const StagedCopy> copy_;
  std::optional<Slide> slide_;
  TileReading reading_;
};

}  // namespace histo
