# Warnings and sanitizers for every target of the project, through one interface target.
add_library(wt_flags INTERFACE)
target_compile_definitions(wt_flags INTERFACE _GNU_SOURCE)
target_compile_options(wt_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
  -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wmissing-declarations
  -fno-strict-aliasing -fno-common -fvisibility=hidden
  $<$<BOOL:${WORKTOP_WERROR}>:-Werror>)
if(WORKTOP_SANITIZE)
  target_compile_options(wt_flags INTERFACE
    -fsanitize=${WORKTOP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(wt_flags INTERFACE -fsanitize=${WORKTOP_SANITIZE})
  string(REPLACE "," ";" sanitizers "${WORKTOP_SANITIZE}")
  foreach(sanitizer IN LISTS sanitizers)
    string(TOUPPER ${sanitizer} name)
    target_compile_definitions(wt_flags INTERFACE WT_SANITIZE_${name}=1)
  endforeach()
endif()
if(WORKTOP_FUZZ)
  target_compile_options(wt_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
