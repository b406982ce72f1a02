#include "demo_slide/make.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "histo/error.hpp"

#include "core/files.hpp"
#include "core/ordered_map.hpp"
#include "demo_slide/layout.hpp"
#include "demo_slide/painter.hpp"
#include "demo_slide/pyramid_writer.hpp"

namespace histo::demo {

namespace {

std::string truth_of(const Layout& layout) {
  nlohmann::ordered_json truth;
  truth["width"] = layout.size.width;
  truth["height"] = layout.size.height;
  truth["background"] = glass;
  truth["regions"] = nlohmann::ordered_json::array();
  for (const Field& field : layout.fields) {
    truth["regions"].push_back({{"x", field.rect.x},
                                {"y", field.rect.y},
                                {"w", field.rect.width},
                                {"h", field.rect.height},
                                {"label", name_of(field.texture)}});
  }
  return truth.dump(1) + "\n";
}

void write_slide(const Layout& layout, const MakeOptions& options) {
  const std::filesystem::path unfinished = temporary_name(options.slide);
  PyramidWriter writer(unfinished, layout.size);
  const Painter painter(layout);
  std::int64_t next = 0;
  ordered_map(
      options.threads,
      [&]() -> std::optional<std::int64_t> {
        if (next >= layout.size.height) return std::nullopt;
        next += PyramidWriter::tile_size;
        return next - PyramidWriter::tile_size;
      },
      [&] {
        return [&](std::int64_t top) {
          return painter.rows(top, std::min(PyramidWriter::tile_size, layout.size.height - top));
        };
      },
      [&](const Image& rows) { writer.add_rows(rows); });
  writer.finish();
  commit_file(unfinished, options.slide);
}

}  // namespace

void make_slide(const MakeOptions& options) {
  if (options.height < 1024 || options.height > 40000) {
    throw Error(ErrorKind::usage,
                "--size must lie in [1024, 40000], got " + std::to_string(options.height));
  }
  const Layout layout = make_layout(options.height, options.seed);
  for (const std::filesystem::path& file : {options.slide, options.truth}) {
    if (file.has_parent_path()) make_folders(file.parent_path());
  }
  replace_file(options.truth, truth_of(layout));
  write_slide(layout, options);
}

}  // namespace histo::demo
