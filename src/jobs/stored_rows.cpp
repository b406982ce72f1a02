#include "jobs/stored_rows.hpp"

#include <algorithm>

#include "histo/error.hpp"

#include "store/layout.hpp"

namespace histo {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what,
                         const std::string& found, const std::filesystem::path& other,
                         const std::string& wanted) {
  throw Error(ErrorKind::input, file.string() + ": " + what + " " + found + ", and " +
                                    other.string() + " has " + wanted +
                                    "; extract all slides with one model and the same options");
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
      pooling_ = info.pooling;
    }
    if (reader.dim() != dim_) {
      refuse(file, "feature length", std::to_string(reader.dim()), files_.front(),
             std::to_string(dim_));
    }
    if (info.encoder != encoder_ || info.model_sha256 != model_sha256_) {
      refuse(file, "features of the model", info.encoder + " " + info.model_sha256.substr(0, 8),
             files_.front(), encoder_ + " " + model_sha256_.substr(0, 8));
    }
    if (info.pooling != pooling_) {
      refuse(file, "features pooled as", "'" + info.pooling + "'", files_.front(),
             "'" + pooling_ + "'");
    }
    files_.push_back(file);
    starts_.push_back(starts_.back() + reader.rows());
  }
}

std::size_t StoredRows::slide_of(std::size_t row) const {
  // The last start at or before the row: slides without rows share their start with the next.
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), row);
  return static_cast<std::size_t>(after - starts_.begin()) - 1;
}

std::size_t StoredRows::first_slide_from(std::size_t row) const {
  const auto end = starts_.end() - 1;  // the last one is where the rows end
  return static_cast<std::size_t>(std::lower_bound(starts_.begin(), end, row) - starts_.begin());
}

void StoredRows::read(std::size_t first, std::size_t count, float* out) const {
  while (count > 0) {
    const std::size_t slide = slide_of(first);
    const std::size_t part = std::min(count, starts_[slide + 1] - first);
    if (!open_ || open_->first != slide) open_.emplace(slide, FeatureReader(files_[slide]));
    open_->second.read(first - starts_[slide], part, out);
    out += part * dim_;
    first += part;
    count -= part;
  }
}

std::string StoredRows::row_name(std::size_t row) const {
  const std::size_t slide = slide_of(row);
  return files_[slide].string() + ": row " + std::to_string(row - starts_[slide]);
}

}  // namespace histo
