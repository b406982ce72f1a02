#pragma once
/// What the job tests share: an observer that remembers, an encoder without LibTorch, small slides.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "histo/encoder.hpp"
#include "histo/jobs.hpp"

#include "support/catch.hpp"

namespace histo::test {

class Listener : public Observer {
 public:
  void note(const std::string& sentence) override { notes.push_back(sentence); }
  void warn(const std::string& sentence) override { warnings.push_back(sentence); }
  void slide_failed(const std::string& path, const std::string& reason) override {
    failures.push_back(path + ": " + reason);
  }
  void slide_done(const std::string& sentence) override { finished.push_back(sentence); }
  void progress(std::size_t done, std::size_t total, const std::string& unit) override {
    if (on_progress) on_progress(done, total, unit);
  }

  bool warned_of(const std::string& part) const {
    return std::any_of(warnings.begin(), warnings.end(),
                       [&part](const std::string& sentence) { return contains(sentence, part); });
  }

  std::vector<std::string> notes;
  std::vector<std::string> warnings;
  std::vector<std::string> failures;
  std::vector<std::string> finished;
  std::function<void(std::size_t, std::size_t, const std::string&)> on_progress;
};

/// The mean of each colour and of each quarter's grey: 7 numbers that depend on nothing but the
/// image.
class MeanEncoder : public Encoder {
 public:
  explicit MeanEncoder(std::int64_t side, std::vector<std::size_t>* batches = nullptr)
      : side_(static_cast<std::size_t>(side)), batches_(batches) {}

  std::size_t dim() const override { return 7; }
  void encode(const std::uint8_t* pixels, const Normalisation* normalisations, std::size_t n,
              float* features) override;
  void encode_in_one_call(const std::uint8_t* pixels, const Normalisation* normalisations,
                          std::size_t n, float* features) override;

 private:
  std::size_t side_;
  std::vector<std::size_t>* batches_;  ///< the size of each batch, if anybody wants to know
};

/// A card for MeanEncoder: 32 x 32 pixels.
ModelCard mean_card();

const std::atomic<bool>& never_stop();

/// A folder with `count` small slides, s0.tiff .. , each with its tissue elsewhere, and a place for
/// the output.
struct Workplace : TempFolder {
  explicit Workplace(int count = 2);

  std::filesystem::path slide(int index) const;
  std::filesystem::path output() const { return path() / "out"; }
  std::filesystem::path folder(int index) const { return output() / ("s" + std::to_string(index)); }

  /// All slides, 128-pixel tiles.
  TileJobOptions tile_options() const;
  /// Cuts all slides.
  void cut() const;
  ExtractJobOptions extract_options() const;
  /// Extracts all slides with the MeanEncoder.
  RunReport extract(const ExtractJobOptions& options, Listener& listener,
                    const ModelCard& card = mean_card()) const;
  ClusterJobOptions cluster_options(std::vector<std::size_t> clusters) const;
};

/// The bytes of every file below a folder by relative path, without run.json, summary.csv and the
/// processes' records, which hold times.
std::vector<std::pair<std::string, std::string>> contents(const std::filesystem::path& folder);

}  // namespace histo::test
