# Libraries from the system, each as one imported target. `./bootstrap` installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv>=1.40)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(MSGPACK REQUIRED IMPORTED_TARGET msgpack)
pkg_check_modules(NCURSES REQUIRED IMPORTED_TARGET ncursesw)
# Of xxHash the header alone: it is compiled in (src/shm/checksum.c), nothing is linked.
find_path(WORKTOP_XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
if(WORKTOP_BUILD_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
  pkg_check_modules(VTERM REQUIRED IMPORTED_TARGET vterm)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()
