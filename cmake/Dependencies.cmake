# Every library Galatea links, found once and exposed as an imported target.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
find_package(Threads REQUIRED)
find_package(dnnl REQUIRED CONFIG)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibArchive REQUIRED)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(JPEG REQUIRED IMPORTED_TARGET libjpeg)
pkg_check_modules(LAPACKE REQUIRED IMPORTED_TARGET lapacke)
pkg_check_modules(CFITSIO REQUIRED IMPORTED_TARGET cfitsio)
pkg_check_modules(FFTW REQUIRED IMPORTED_TARGET fftw3)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

# The filter of system calls of the reader process; without it the other limits hold.
pkg_check_modules(SECCOMP IMPORTED_TARGET libseccomp)
add_library(gt_seccomp INTERFACE)
if(SECCOMP_FOUND)
  target_compile_definitions(gt_seccomp INTERFACE GT_HAVE_SECCOMP)
  target_link_libraries(gt_seccomp INTERFACE PkgConfig::SECCOMP)
else()
  message(WARNING "libseccomp is missing: the reader process may write files and open sockets")
endif()

# HDF5, CFITSIO and libarchive as archives, for the program and its reader process: their shared forms bring two copies of
# libcurl, libxml2 with ICU and some thirty libraries behind them, whose loading takes most of the time that either needs
# to start.
list(GET HDF5_C_LIBRARIES 0 hdf5_shared)
get_filename_component(hdf5_folder ${hdf5_shared} DIRECTORY)
find_library(HDF5_ARCHIVE libhdf5.a PATHS ${hdf5_folder} NO_DEFAULT_PATH)
find_library(CFITSIO_ARCHIVE libcfitsio.a)
find_library(BZIP2_LIBRARY NAMES bz2 libbz2.so.1.0)
find_library(LIBARCHIVE_ARCHIVE libarchive.a)
find_library(NETTLE_LIBRARY NAMES libnettle.a nettle)
find_library(LZMA_LIBRARY NAMES liblzma.a lzma)
find_library(ZSTD_LIBRARY NAMES zstd libzstd.so.1)
set(archives)
if(HDF5_ARCHIVE AND CFITSIO_ARCHIVE AND BZIP2_LIBRARY)
  set(archives ${HDF5_ARCHIVE} ${CFITSIO_ARCHIVE} ${BZIP2_LIBRARY})
endif()
set(libarchive)
if(LIBARCHIVE_ARCHIVE AND NETTLE_LIBRARY AND LZMA_LIBRARY AND ZSTD_LIBRARY AND BZIP2_LIBRARY)
  set(libarchive ${LIBARCHIVE_ARCHIVE} ${NETTLE_LIBRARY} ${LZMA_LIBRARY} ${ZSTD_LIBRARY} ${BZIP2_LIBRARY})
endif()

# A program that links the archives, where there are any; CFITSIO's calls of curl end in src/no_network.c.
function(gt_starts_fast target)
  if(archives)
    set_target_properties(${target} PROPERTIES GT_ARCHIVES ON)
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src/no_network.c)
  endif()
  target_link_options(${target} PRIVATE LINKER:--as-needed)
endfunction()

add_library(gt_hdf5 INTERFACE)
target_include_directories(gt_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(gt_hdf5 INTERFACE "$<$<BOOL:$<TARGET_PROPERTY:GT_ARCHIVES>>:${archives}>" ${HDF5_C_LIBRARIES})

add_library(gt_libarchive INTERFACE)
target_link_libraries(gt_libarchive INTERFACE "$<$<BOOL:$<TARGET_PROPERTY:GT_ARCHIVES>>:${libarchive}>" LibArchive::LibArchive)

find_path(WCS_INCLUDE_DIR wcslib/wcs.h REQUIRED) # not its folder: it has a log.h
find_library(WCS_LIBRARY wcs REQUIRED)
add_library(gt_wcs INTERFACE)
target_include_directories(gt_wcs SYSTEM INTERFACE ${WCS_INCLUDE_DIR})
target_link_libraries(gt_wcs INTERFACE ${WCS_LIBRARY})

find_path(SVM_INCLUDE_DIR libsvm/svm.h REQUIRED)
find_library(SVM_LIBRARY svm REQUIRED)
add_library(gt_svm INTERFACE)
target_include_directories(gt_svm SYSTEM INTERFACE ${SVM_INCLUDE_DIR})
target_link_libraries(gt_svm INTERFACE ${SVM_LIBRARY})
