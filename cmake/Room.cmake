# histo_room(<name> SOURCES <file>.. [KNOWS <room>..] [PRIVATE <library>..])
# One static library for one folder below src/. KNOWS lists the rooms whose headers it may include; PRIVATE the
# third-party libraries that it owns or may use, which nobody else sees.
function(histo_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;KNOWS;PRIVATE" ${ARGN})
  if(ROOM_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "histo_room(${name}): unknown arguments ${ROOM_UNPARSED_ARGUMENTS}")
  endif()
  add_library(histo_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(histo_${name} PUBLIC "${CMAKE_SOURCE_DIR}/include"
    PRIVATE "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(histo_${name} PRIVATE histo_warnings ${ROOM_PRIVATE})
  target_link_libraries(histo_${name} PUBLIC histo_options)
  foreach(room IN LISTS ROOM_KNOWS)
    target_link_libraries(histo_${name} PUBLIC histo_${room})
  endforeach()
endfunction()
