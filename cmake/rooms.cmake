# A room is a folder of src/ and one static library `wt_<room>`.
#
#   wt_room(<room> [ROOMS <room>...] [LIBRARIES <target>...])
#
# ROOMS are the rooms whose headers this one may include, directly or through one of them.
# tests/lint/layers.py reads these very calls and checks every #include against them, so the build and
# the lint cannot disagree. A room of headers alone becomes an interface library.
function(wt_room name)
  cmake_parse_arguments(room "" "" "ROOMS;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*/*.c)
  if(sources)
    add_library(wt_${name} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(wt_${name} PRIVATE ${room_LIBRARIES})
  else()
    add_library(wt_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(wt_${name} ${scope}
    ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(wt_${name} ${scope} wt_flags)
  foreach(used IN LISTS room_ROOMS)
    target_link_libraries(wt_${name} ${scope} wt_${used})
  endforeach()
endfunction()
