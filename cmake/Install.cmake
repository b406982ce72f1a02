# What `cmake --install` lays down. The executables look for the modules in ../lib/histo and for models in
# ../share/histo/models from where they are: a prefix may be moved as a whole, and these folders have no other names on any
# system.
install(TARGETS histoprep histoencoder RUNTIME DESTINATION bin)
foreach(module histo_torch histo_mpi)
  if(TARGET ${module})
    install(TARGETS ${module} LIBRARY DESTINATION lib/histo)
  endif()
endforeach()

# The names of the Python originals, as their published commands spell them.
install(CODE [[
  foreach(names IN ITEMS "histoprep:HistoPrep" "histoencoder:HistoEncoder")
    string(REPLACE ":" ";" names "${names}")
    list(GET names 0 program)
    list(GET names 1 link)
    set(folder "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/bin")
    # On a file system that does not tell cases apart, the name is there already.
    if(NOT EXISTS "${folder}/${link}")
      message(STATUS "Linking: ${folder}/${link}")
      file(CREATE_LINK "${program}" "${folder}/${link}" SYMBOLIC)
    endif()
  endforeach()
]])

install(DIRECTORY "${CMAKE_SOURCE_DIR}/models/" DESTINATION share/histo/models
  FILES_MATCHING PATTERN "*.json" PATTERN "*.pt")
install(FILES "${CMAKE_SOURCE_DIR}/README.md" "${CMAKE_SOURCE_DIR}/LICENSE"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")
if(IS_DIRECTORY "${CMAKE_SOURCE_DIR}/docs/man")
  install(DIRECTORY "${CMAKE_SOURCE_DIR}/docs/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1"
    FILES_MATCHING PATTERN "*.1")
endif()

# Both spellings of each program are completed by one file.
foreach(names IN ITEMS "histoprep;HistoPrep" "histoencoder;HistoEncoder")
  list(GET names 0 program)
  list(GET names 1 link)
  install(FILES "${CMAKE_SOURCE_DIR}/apps/completions/${program}.bash"
    DESTINATION share/bash-completion/completions RENAME "${program}")
  install(FILES "${CMAKE_SOURCE_DIR}/apps/completions/${program}.bash"
    DESTINATION share/bash-completion/completions RENAME "${link}")
  install(FILES "${CMAKE_SOURCE_DIR}/apps/completions/_${program}"
    DESTINATION share/zsh/site-functions)
endforeach()
