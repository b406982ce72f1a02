#include "store/hdf5_datasets.hpp"

#include <algorithm>
#include <array>

namespace histo::hdf5 {

namespace {

Handle text_type(const Subject& subject) {
  Handle type = owned(H5Tcopy(H5T_C_S1), H5Tclose, subject, "no text type");
  check(H5Tset_size(type.get(), H5T_VARIABLE), subject, "no text type");
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), subject, "no text type");
  return type;
}

extern "C" herr_t add_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

Handle new_matrix(const Handle& file, const char* name, Number type, Shape size,
                  const Subject& subject) {
  const std::string what = std::string("/") + name + " cannot be created";
  const std::array<hsize_t, 2> extent = {size.rows, size.columns};
  const Handle space = owned(H5Screate_simple(2, extent.data(), nullptr), H5Sclose, subject, what);
  const Handle creation = owned(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, subject, what);
  check(H5Pset_obj_track_times(creation.get(), false), subject, what);
  const hid_t stored = type == Number::float32 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
  return owned(
      H5Dcreate2(file.get(), name, stored, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
      H5Dclose, subject, what);
}

void write_texts(const Handle& file, const char* name, const std::vector<std::string>& texts,
                 const Subject& subject) {
  const std::string what = std::string("/") + name + " cannot be written";
  const Handle type = text_type(subject);
  const hsize_t size = texts.size();
  const Handle space = owned(H5Screate_simple(1, &size, nullptr), H5Sclose, subject, what);
  const Handle creation = owned(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, subject, what);
  check(H5Pset_obj_track_times(creation.get(), false), subject, what);
  Handle dataset = owned(H5Dcreate2(file.get(), name, type.get(), space.get(), H5P_DEFAULT,
                                    creation.get(), H5P_DEFAULT),
                         H5Dclose, subject, what);
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  if (!texts.empty()) {
    check(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()),
          subject, what);
  }
  if (!dataset.close()) fail(subject, what);
}

std::vector<std::string> read_texts(const Handle& file, const char* name, const Subject& subject) {
  const std::string title = std::string("/") + name;
  const std::string what = title + " cannot be read";
  const Handle dataset = owned(H5Dopen2(file.get(), name, H5P_DEFAULT), H5Dclose, subject, what);
  const Handle stored = owned(H5Dget_type(dataset.get()), H5Tclose, subject, what);
  const Handle space = owned(H5Dget_space(dataset.get()), H5Sclose, subject, what);
  const bool fits = H5Tget_class(stored.get()) == H5T_STRING &&
                    H5Tis_variable_str(stored.get()) > 0 &&
                    H5Sget_simple_extent_ndims(space.get()) == 1;
  if (!fits) throw Error(subject.kind, subject.name + ": " + title + " is no list of texts");
  hsize_t size = 0;
  check(H5Sget_simple_extent_dims(space.get(), &size, nullptr), subject, what);
  std::vector<std::string> texts;
  if (size == 0) return texts;
  std::vector<char*> pointers(size, nullptr);
  const Handle type = text_type(subject);
  check(H5Tset_cset(type.get(), H5Tget_cset(stored.get())), subject, what);
  check(H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), subject,
        what);
  for (const char* const pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
  H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, pointers.data());
  return texts;
}

Content content_of(const Handle& file, const char* name, const Subject& subject) {
  const std::string what = std::string("/") + name + " cannot be opened";
  const Handle dataset = owned(H5Dopen2(file.get(), name, H5P_DEFAULT), H5Dclose, subject, what);
  const Handle type = owned(H5Dget_type(dataset.get()), H5Tclose, subject, what);
  switch (H5Tget_class(type.get())) {
    case H5T_STRING:
      return Content::texts;
    case H5T_FLOAT:
      if (H5Tget_size(type.get()) == sizeof(float)) return Content::float32;
      if (H5Tget_size(type.get()) == sizeof(double)) return Content::float64;
      return Content::other;
    default:
      return Content::other;
  }
}

std::vector<std::string> attribute_names(const Handle& object, const Subject& subject) {
  std::vector<std::string> names;
  hsize_t index = 0;
  check(H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, &index, add_name, &names), subject,
        "its list of attributes cannot be read");
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace histo::hdf5
