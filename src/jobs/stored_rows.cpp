#include "jobs/stored_rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "histo/error.hpp"

#include "store/layout.hpp"

namespace histo {

namespace {

constexpr std::size_t memory_limit = std::size_t{1} << 30U;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what,
                         const std::string& found, const std::filesystem::path& other,
                         const std::string& wanted) {
  throw Error(ErrorKind::input, file.string() + ": " + what + " " + found + ", and " +
                                    other.string() + " has " + wanted +
                                    "; extract all slides with one model");
}

}  // namespace

StoredRows::StoredRows(const std::vector<std::filesystem::path>& folders) {
  for (const std::filesystem::path& folder : folders) {
    const std::filesystem::path file = features_file(folder);
    const FeatureReader reader(file);
    const FeatureInfo& info = reader.info();
    if (files_.empty()) {
      dim_ = reader.dim();
      encoder_ = info.encoder;
      model_sha256_ = info.model_sha256;
    }
    if (reader.dim() != dim_) {
      refuse(file, "feature length", std::to_string(reader.dim()), files_.front(),
             std::to_string(dim_));
    }
    if (info.encoder != encoder_ || info.model_sha256 != model_sha256_) {
      refuse(file, "features of the model", info.encoder + " " + info.model_sha256.substr(0, 8),
             files_.front(), encoder_ + " " + model_sha256_.substr(0, 8));
    }
    files_.push_back(file);
    starts_.push_back(starts_.back() + reader.rows());
  }
  if (rows() * dim_ * sizeof(float) > memory_limit) return;
  std::vector<float> all(rows() * dim_);
  read_files(0, rows(), all.data());
  all_ = std::move(all);
}

std::size_t StoredRows::slide_of(std::size_t row) const {
  // The last start at or before the row: slides without rows share their start with the next.
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), row);
  return static_cast<std::size_t>(after - starts_.begin()) - 1;
}

void StoredRows::read(std::size_t first, std::size_t count, float* out) const {
  if (all_.empty()) {
    read_files(first, count, out);
  } else {
    std::memcpy(out, all_.data() + first * dim_, count * dim_ * sizeof(float));
  }
}

void StoredRows::read_files(std::size_t first, std::size_t count, float* out) const {
  while (count > 0) {
    const std::size_t slide = slide_of(first);
    const std::size_t part = std::min(count, starts_[slide + 1] - first);
    if (!open_ || open_->first != slide) open_.emplace(slide, FeatureReader(files_[slide]));
    open_->second.read(first - starts_[slide], part, out);
    const float* end = out + part * dim_;
    const float* odd = std::find_if(static_cast<const float*>(out), end,
                                    [](float value) { return !std::isfinite(value); });
    if (odd != end) {
      const std::size_t row = first - starts_[slide] + static_cast<std::size_t>(odd - out) / dim_;
      throw Error(ErrorKind::input, files_[slide].string() + ": row " + std::to_string(row) +
                                        " holds a value that is not finite; extract it again");
    }
    out += part * dim_;
    first += part;
    count -= part;
  }
}

}  // namespace histo
