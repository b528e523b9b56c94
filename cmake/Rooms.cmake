# A room is one folder of src/ or tools/: a static library made of every .c file in it. The rooms
# it may use are said once, in CMakeLists.txt there; a room sees the private headers of those
# rooms only, so an include that points upwards does not compile.

add_library(gt_flags INTERFACE)
target_compile_options(gt_flags INTERFACE -Wall -Wextra -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wno-unused-parameter
  -Wno-missing-field-initializers)
# The shared library is made of the same objects; nobody shall replace a function of it, so calls within a file
# may be inlined as in a program.
target_compile_options(gt_flags INTERFACE -fPIC -fno-semantic-interposition)
target_compile_definitions(gt_flags INTERFACE _GNU_SOURCE)
if(GT_WERROR)
  target_compile_options(gt_flags INTERFACE -Werror)
endif()
if(GT_NATIVE)
  target_compile_options(gt_flags INTERFACE -march=native)
endif()
if(GT_SANITIZE)
  target_compile_options(gt_flags INTERFACE -fsanitize=address,undefined
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(gt_flags INTERFACE -fsanitize=address,undefined)
endif()
if(GT_SANITIZE_THREADS)
  target_compile_options(gt_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(gt_flags INTERFACE -fsanitize=thread)
endif()
if(GT_FUZZ)
  target_compile_options(gt_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(gt_flags INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(gt_flags INTERFACE __SANITIZE_ADDRESS__) # as gcc has it
endif()
if(GT_COVERAGE)
  target_compile_options(gt_flags INTERFACE --coverage)
  target_link_options(gt_flags INTERFACE --coverage)
endif()

# gt_room(NAME USES room... LIBS library...)
function(gt_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c
       ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*/*.c)
  list(TRANSFORM ROOM_USES PREPEND gt_)
  if(NOT sources) # a room still empty lends only what stands below it
    add_library(gt_${name} INTERFACE)
    target_link_libraries(gt_${name} INTERFACE ${ROOM_USES})
    return()
  endif()
  add_library(gt_${name} STATIC ${sources})
  target_include_directories(gt_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include
                             PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  target_link_libraries(gt_${name} PUBLIC ${ROOM_USES} PRIVATE gt_flags ${ROOM_LIBS} m)
endfunction()
