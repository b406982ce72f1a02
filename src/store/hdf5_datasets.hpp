#pragma once
/// Datasets in one piece, of numbers and of texts, and what kind of thing a dataset holds.
///
/// Thread rule: as store/hdf5.hpp.

#include <string>
#include <vector>

#include "store/hdf5.hpp"

namespace histo::hdf5 {

/// A new dataset of two dimensions, as large as it will be and in one piece: chunks would be filled
/// up, of which a single long row takes hundreds of times its own bytes. float32 or float64.
Handle new_matrix(const Handle& file, const char* name, Number type, Shape size,
                  const Subject& subject);

/// A new dataset of one dimension: UTF-8 of variable length, which h5py gives as bytes.
void write_texts(const Handle& file, const char* name, const std::vector<std::string>& texts,
                 const Subject& subject);

/// Throws where it is not one of texts of variable length, and one dimension.
std::vector<std::string> read_texts(const Handle& file, const char* name, const Subject& subject);

enum class Content { texts, float32, float64, other };
Content content_of(const Handle& file, const char* name, const Subject& subject);

/// The names of an object's attributes, sorted.
std::vector<std::string> attribute_names(const Handle& object, const Subject& subject);

}  // namespace histo::hdf5
