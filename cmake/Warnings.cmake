# histo_warnings: what every target of ours is compiled with.
add_library(histo_warnings INTERFACE)
target_compile_options(histo_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wnull-dereference -Wdouble-promotion
  -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond;-Wlogical-op;-Wduplicated-branches>
  $<$<BOOL:${HISTO_WERROR}>:-Werror>)

if(HISTO_TIDY)
  find_program(HISTO_CLANG_TIDY clang-tidy REQUIRED)
  set(CMAKE_CXX_CLANG_TIDY "${HISTO_CLANG_TIDY};--quiet;--warnings-as-errors=*")
endif()
