# The only find_package calls. Each library is linked by the one room that owns it.
find_package(Threads REQUIRED)
find_package(OpenCV REQUIRED COMPONENTS core imgproc)
add_library(histo_opencv INTERFACE)
# OpenCV_LIBS may name more modules than were asked for; imgcodecs alone drags in GDAL.
target_link_libraries(histo_opencv INTERFACE opencv_core opencv_imgproc)
target_include_directories(histo_opencv SYSTEM INTERFACE ${OpenCV_INCLUDE_DIRS})

find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_package(TIFF REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(OpenSlide REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

# OpenBLAS by name: with the reference BLAS every product is many times slower.
find_package(PkgConfig REQUIRED)
pkg_check_modules(OpenBLAS REQUIRED IMPORTED_TARGET openblas)

# Linear algebra in the notation of formulas, headers alone: straight to OpenBLAS, which holds LAPACK, and it never prints.
find_path(ARMADILLO_INCLUDE_DIR armadillo REQUIRED)
add_library(histo_armadillo INTERFACE)
target_include_directories(histo_armadillo SYSTEM INTERFACE "${ARMADILLO_INCLUDE_DIR}")
target_compile_definitions(histo_armadillo INTERFACE
  ARMA_DONT_USE_WRAPPER ARMA_DONT_USE_ARPACK ARMA_DONT_USE_SUPERLU ARMA_DONT_USE_HDF5 ARMA_DONT_USE_OPENMP
  ARMA_WARN_LEVEL=0)
target_link_libraries(histo_armadillo INTERFACE PkgConfig::OpenBLAS)
# Minimises smooth functions: L-BFGS.
pkg_check_modules(NLOPT REQUIRED IMPORTED_TARGET nlopt)

# The deflate of PNG tiles: several times faster than zlib's at the same size.
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
# And the one for small files: nine times faster than zlib at its smallest. libtiff brings it along.
pkg_check_modules(LIBDEFLATE REQUIRED IMPORTED_TARGET libdeflate)

if(HISTO_ENCODER)
  # Torch's own package file asks for things that only its tests and CUDA build need; they stay quiet.
  find_package(Torch REQUIRED)

  # The products of linear layers, if LibTorch is linked to oneDNN's library and the headers are this library's. A LibTorch
  # that holds oneDNN inside gets no second one beside it.
  set(HISTO_ONEDNN OFF)
  get_target_property(torch_configuration torch_cpu IMPORTED_CONFIGURATIONS)
  list(GET torch_configuration 0 torch_configuration)
  get_target_property(torch_file torch_cpu IMPORTED_LOCATION_${torch_configuration})
  execute_process(COMMAND "${CMAKE_READELF}" --dynamic "${torch_file}" OUTPUT_VARIABLE torch_needs ERROR_QUIET)
  if(torch_needs MATCHES "libdnnl\\.so\\.([0-9]+)")
    set(onednn_major ${CMAKE_MATCH_1})
    find_library(ONEDNN_LIBRARY NAMES libdnnl.so.${onednn_major})
    find_path(ONEDNN_INCLUDE_DIR oneapi/dnnl/dnnl_version.h)
    if(ONEDNN_LIBRARY AND ONEDNN_INCLUDE_DIR)
      file(STRINGS "${ONEDNN_INCLUDE_DIR}/oneapi/dnnl/dnnl_version.h" onednn_version REGEX "VERSION_MAJOR ${onednn_major}$")
      if(onednn_version)
        set(HISTO_ONEDNN ON)
        add_library(histo_onednn INTERFACE)
        target_link_libraries(histo_onednn INTERFACE "${ONEDNN_LIBRARY}")
        target_include_directories(histo_onednn SYSTEM INTERFACE "${ONEDNN_INCLUDE_DIR}")
      endif()
    endif()
  endif()
  if(NOT HISTO_ONEDNN)
    message(STATUS "no oneDNN beside LibTorch (Debian: libdnnl-dev): models on the CPU multiply as LibTorch does")
  endif()
endif()

# AUTO is decided here, for this configuring alone: MPI may come later.
if(HISTO_MPI STREQUAL "AUTO")
  find_package(MPI QUIET COMPONENTS C)
  set(HISTO_MPI ${MPI_C_FOUND})
elseif(HISTO_MPI)
  find_package(MPI REQUIRED COMPONENTS C)
endif()
if(HISTO_MPI)
  message(STATUS "MPI: ${MPI_C_LIBRARIES}; histoencoder cluster can run under mpirun")
else()
  message(STATUS "MPI: none; histoencoder cluster runs as one process")
endif()

if(HISTO_TESTS)
  find_package(Catch2 REQUIRED)
  find_package(Python3 COMPONENTS Interpreter)
endif()
