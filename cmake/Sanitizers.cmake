# histo_options: instrumentation that every target of ours shares.
add_library(histo_options INTERFACE)
if(HISTO_SANITIZE)
  list(JOIN HISTO_SANITIZE "," histo_sanitizers)
  target_compile_options(histo_options INTERFACE
    -fsanitize=${histo_sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(histo_options INTERFACE -fsanitize=${histo_sanitizers})
endif()
if(HISTO_COVERAGE)
  target_compile_options(histo_options INTERFACE --coverage -O0 -g)
  target_link_options(histo_options INTERFACE --coverage)
endif()
