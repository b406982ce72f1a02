#include "jobs/shares.hpp"

#include <system_error>

#include "histo/error.hpp"
#include "histo/slide.hpp"

namespace histo {

namespace {

// No name of a folder holds a slash, so none of the two can be taken for the other.
std::string manifest_name(const Candidate& slide) {
  return slide.folder.empty() ? "/" + slide.input.string() : slide.folder.filename().string();
}

}  // namespace

Share share_of(const std::vector<Candidate>& slides, const Shard& shard) {
  std::vector<ManifestEntry> manifest;
  for (const Candidate& slide : slides) manifest.push_back({manifest_name(slide), slide.size});
  const std::vector<std::size_t> shards = balanced_shards(manifest, shard.count);
  Share share;
  for (std::size_t i = 0; i < slides.size(); ++i) {
    if (shards[i] == shard.index) share.slides.push_back(slides[i]);
  }
  share.manifest = manifest_hash(std::move(manifest));
  return share;
}

std::uintmax_t bytes_of_file(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  return error ? 0 : bytes;
}

std::uintmax_t bytes_below(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return bytes_of_file(path);
  std::uintmax_t bytes = 0;
  std::filesystem::recursive_directory_iterator entries(path, error);
  for (; !error && entries != std::filesystem::recursive_directory_iterator();
       entries.increment(error)) {
    std::error_code ignored;
    if (entries->is_regular_file(ignored)) bytes += bytes_of_file(entries->path());
  }
  return bytes;
}

std::uintmax_t bytes_of_slide(const std::filesystem::path& slide) {
  std::vector<std::filesystem::path> files;
  try {
    files = slide_files(slide);
  } catch (const Error&) {
    return 0;  // its plan will say what is wrong with it
  }
  std::uintmax_t bytes = 0;
  for (const std::filesystem::path& file : files) bytes += bytes_below(file);
  return bytes;
}

}  // namespace histo
