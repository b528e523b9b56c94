# The library for other programs: every room of src/ but the command line, as libgalatea.so and as
# libgalatea.a, with the public headers and what pkg-config and CMake must know to link it (include
# this after the rooms). The shared one shows what the public headers declare and nothing else.
set(rooms base format image morphology engine nn data model train analysis judging report study)
set(objects)
foreach(room ${rooms})
  get_target_property(kind gt_${room} TYPE)
  if(kind STREQUAL "STATIC_LIBRARY") # a room still empty has nothing to give
    list(APPEND objects $<TARGET_OBJECTS:gt_${room}>)
  endif()
endforeach()
add_library(galatea STATIC ${objects})
set_target_properties(galatea PROPERTIES LINKER_LANGUAGE C)
install(TARGETS galatea ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/galatea DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

if(NOT GT_FUZZ) # its objects call the engine that only a fuzz target has
  set(node GALATEA_${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  set(version_script ${PROJECT_BINARY_DIR}/galatea.map)
  set(exports ${PROJECT_SOURCE_DIR}/scripts/exports)
  file(GLOB public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/galatea/*.h)
  add_custom_command(OUTPUT ${version_script} DEPENDS ${exports} ${public_headers}
    COMMENT "Listing what libgalatea.so exports"
    COMMAND ${exports} ${node} ${public_headers} > ${version_script})
  add_custom_target(galatea_map DEPENDS ${version_script})
  add_library(galatea_shared SHARED ${objects})
  add_dependencies(galatea_shared galatea_map)
  # Until 1.0 a minor version may change what a function means, so it is part of the name.
  set_target_properties(galatea_shared PROPERTIES OUTPUT_NAME galatea LINKER_LANGUAGE C EXPORT_NAME galatea
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    LINK_DEPENDS ${version_script})
  target_link_options(galatea_shared PRIVATE LINKER:--version-script=${version_script})
  if(NOT GT_SANITIZE)
    target_link_options(galatea_shared PRIVATE LINKER:--no-undefined)
  endif()
  target_include_directories(galatea_shared INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(galatea_shared PRIVATE gt_flags gt_hdf5 gt_svm gt_wcs gt_seccomp PNG::PNG PkgConfig::JPEG ZLIB::ZLIB LibArchive::LibArchive
    PkgConfig::JANSSON PkgConfig::LAPACKE PkgConfig::CFITSIO PkgConfig::FFTW DNNL::dnnl OpenMP::OpenMP_C
    Threads::Threads m)

  include(CMakePackageConfigHelpers)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/galatea)
  install(TARGETS galatea_shared EXPORT galatea LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT galatea FILE galatea-config.cmake NAMESPACE galatea:: DESTINATION ${package})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/galatea-config-version.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/galatea-config-version.cmake DESTINATION ${package})
endif()

# An archive does not know what it needs, and pkg-config does not know all of these.
set(library_words ${HDF5_C_LIBRARIES} ${SVM_LIBRARY} ${WCS_LIBRARY} -ldnnl ${OpenMP_C_FLAGS} -pthread -ldl -lm)
if(SECCOMP_FOUND)
  list(APPEND library_words ${SECCOMP_LINK_LIBRARIES})
endif()
list(JOIN library_words " " library_words)
# Written where they are installed: the prefix may be chosen as late as that.
foreach(name galatea galatea-static)
  install(CODE "
    set(PROJECT_DESCRIPTION \"${PROJECT_DESCRIPTION}\")
    set(PROJECT_VERSION \"${PROJECT_VERSION}\")
    set(CMAKE_INSTALL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
    set(CMAKE_INSTALL_LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
    set(library_words \"${library_words}\")
    configure_file(\"${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in\"
      \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig/${name}.pc\" @ONLY)")
endforeach()
