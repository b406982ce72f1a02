#pragma once
/// A file with nothing but /coords, int64 (N, 2): how TRIDENT and CLAM keep a slide's tiles before
/// their features are computed.

#include <cstdint>
#include <filesystem>
#include <vector>

#include "store/foreign.hpp"
#include "store/hdf5_writer.hpp"

namespace histo {

class PlacesWriter : public ForeignWriter {
 public:
  explicit PlacesWriter(const std::filesystem::path& file)
      : file_(file), coords_(file_.file(), "coords", hdf5::Number::int64, 2, file_.subject()) {}
  ~PlacesWriter() override { coords_.abandon(); }

  /// For the attributes, which are written before the rows.
  const hdf5::Handle& coords() const { return coords_.dataset(); }
  const hdf5::Subject& subject() const { return file_.subject(); }

  void append(const float* /*features*/, const std::vector<Rect>& places) override {
    std::vector<std::int64_t> values;
    values.reserve(2 * places.size());
    for (const Rect& place : places) values.insert(values.end(), {place.x, place.y});
    coords_.append(values.data(), places.size());
  }

  void commit() override {
    coords_.finish();
    file_.commit();
  }

 private:
  hdf5::FileWriter file_;
  hdf5::TableWriter coords_;
};

}  // namespace histo
