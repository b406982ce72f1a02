# Defines OpenSlide::openslide. Debian ships a pkg-config file and no CMake package.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(PC_OpenSlide QUIET openslide)
endif()
find_path(OpenSlide_INCLUDE_DIR openslide.h HINTS ${PC_OpenSlide_INCLUDE_DIRS} PATH_SUFFIXES openslide)
find_library(OpenSlide_LIBRARY openslide HINTS ${PC_OpenSlide_LIBRARY_DIRS})
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenSlide
  REQUIRED_VARS OpenSlide_LIBRARY OpenSlide_INCLUDE_DIR VERSION_VAR PC_OpenSlide_VERSION)
if(OpenSlide_FOUND AND NOT TARGET OpenSlide::openslide)
  add_library(OpenSlide::openslide UNKNOWN IMPORTED)
  set_target_properties(OpenSlide::openslide PROPERTIES
    IMPORTED_LOCATION "${OpenSlide_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OpenSlide_INCLUDE_DIR}")
endif()
mark_as_advanced(OpenSlide_INCLUDE_DIR OpenSlide_LIBRARY)
