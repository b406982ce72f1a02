#pragma once
/// What the tests of the feature store share.

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "histo/feature_store.hpp"

#include "store/hdf5.hpp"
#include "support/catch.hpp"

namespace histo::test {

namespace fs = std::filesystem;
using hdf5::Handle;
using hdf5::Subject;

inline FeatureInfo full_info() {
  FeatureInfo info;
  info.slide = "CMU-1 \xc3\xa4";
  info.encoder = "toy";
  info.model_sha256 = "0123abcd";
  info.precision = "float32";
  info.device = "cpu";
  info.normalization = "mean=0.5,0.5,0.5;std=0.5,0.5,0.5";
  info.card = std::string(100000, 'c');  // more than an attribute can hold in its own bytes
  info.fingerprint = "00ff";
  info.fingerprint_parts = "a=1\nb=2\n";
  info.savetodir = "tiles/CMU-1";
  info.tile_size = {512, 512};
  info.patch_size = 256;
  info.overlap = 0.25;
  info.slide_size = Size{46000, 32914};
  info.mpp_level0 = 0.499;
  info.mpp_effective = 0.998;
  info.level0_magnification = 20.0;
  info.target_magnification = 10.0;
  return info;
}

inline std::vector<float> ramp(std::size_t rows, std::size_t dim) {
  std::vector<float> values(rows * dim);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 0.5F - 3.0F;
  return values;
}

inline std::vector<Rect> places(std::size_t count, Size size = {512, 512}) {
  std::vector<Rect> rects;
  for (std::size_t i = 0; i < count; ++i) {
    const auto step = static_cast<std::int64_t>(i);
    rects.push_back({step * 512 - 512, step * 3, size.width, size.height});
  }
  return rects;
}

inline void write_store(const fs::path& file, std::size_t rows, std::size_t dim,
                        const FeatureInfo& info = full_info()) {
  FeatureWriter writer(file, dim, info);
  writer.append(ramp(rows, dim).data(), places(rows));
  writer.commit();
}

inline std::size_t files_in(const fs::path& folder) {
  const fs::directory_iterator files(folder);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

/// The sentence about a store, after the file's name.
inline std::string complaint(const fs::path& file) {
  const auto error = error_of([&] { const FeatureReader reader(file); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  const std::string sentence = error->what();
  REQUIRE(contains(sentence, file.string() + ": "));
  return sentence.substr(file.string().size() + 2);
}

/// A file made by hand: as some other tool might have.
class ForeignStore {
 public:
  ForeignStore() : file_(temp_.path() / "features.h5") {
    store_ = hdf5::create_file(file_, subject_);
  }

  Handle add(const char* name, hid_t type, const std::vector<hsize_t>& size) {
    const Handle space(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr),
                       H5Sclose);
    return {
        H5Dcreate2(store_.get(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
        H5Dclose};
  }

  void add_good() {
    features_ = add("features", H5T_IEEE_F32LE, {3, 2});
    coords_ = add("coords", H5T_STD_I64LE, {3, 2});
  }

  void attach(const char* name, hid_t type, const std::vector<hsize_t>& size, const void* value) {
    const Handle space(size.empty()
                           ? H5Screate(H5S_SCALAR)
                           : H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr),
                       H5Sclose);
    const Handle attribute(
        H5Acreate2(coords_.get(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    H5Awrite(attribute.get(), type, value);
  }

  void attach_text(const char* name, const std::string& bytes, H5T_str_t padding) {
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), bytes.size());
    H5Tset_strpad(type.get(), padding);
    attach(name, type.get(), {}, bytes.data());
  }

  hid_t root() const { return store_.get(); }

  const fs::path& finish() {
    features_.close();
    coords_.close();
    store_.close();
    return file_;
  }

 private:
  TempFolder temp_;
  fs::path file_;
  Subject subject_{"foreign", ErrorKind::internal};
  Handle store_;
  Handle features_;
  Handle coords_;
};

/// Lets the process write no file beyond a size, as a full disk would.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace histo::test
