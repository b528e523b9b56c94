# The library for other programs: every room of src/ but the command line in one archive, libgalatea.a,
# with the headers and what pkg-config must know to link it (include this after the rooms).
set(rooms base format image engine nn data model train analysis report study)
set(objects)
foreach(room ${rooms})
  get_target_property(kind gt_${room} TYPE)
  if(kind STREQUAL "STATIC_LIBRARY") # a room still empty has nothing to give
    list(APPEND objects $<TARGET_OBJECTS:gt_${room}>)
  endif()
endforeach()
add_library(galatea STATIC ${objects})
set_target_properties(galatea PROPERTIES LINKER_LANGUAGE C)

# An archive does not know what it needs, and pkg-config does not know all of these.
set(library_words ${HDF5_C_LIBRARIES} ${SVM_LIBRARY} -ldnnl ${OpenMP_C_FLAGS} -pthread -ldl -lm)
list(JOIN library_words " " library_words)
install(TARGETS galatea ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/galatea DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# Written when it is installed: the prefix may be chosen as late as that.
set(pc_in ${PROJECT_SOURCE_DIR}/cmake/galatea.pc.in)
set(pc_out ${PROJECT_BINARY_DIR}/galatea.pc)
install(CODE "
  set(PROJECT_DESCRIPTION \"${PROJECT_DESCRIPTION}\")
  set(PROJECT_VERSION \"${PROJECT_VERSION}\")
  set(CMAKE_INSTALL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
  set(CMAKE_INSTALL_LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
  set(library_words \"${library_words}\")
  configure_file(\"${pc_in}\" \"${pc_out}\" @ONLY)")
install(FILES ${pc_out} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
