#pragma once
/// What features.h5 says besides its numbers, for files of other tools that say the same.

#include "histo/feature_store.hpp"

#include "store/hdf5.hpp"

namespace histo {

/// The attributes of /coords, TRIDENT's and ours. What is not known is absent.
void write_place_attributes(const hdf5::Handle& coords, const FeatureInfo& info,
                            const hdf5::Subject& subject);

/// Those of both datasets. What they do not say is empty or unset.
FeatureInfo read_attributes(const hdf5::Handle& features, const hdf5::Handle& coords,
                            const hdf5::Subject& subject);

}  // namespace histo
