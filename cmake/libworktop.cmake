# libworktop, as it is installed: made of the room `client` and what that needs of other rooms, with
# nothing visible but worktop_*.
#
#   libworktop.so.0   -fvisibility=hidden; never unloaded (-z nodelete): it has a thread and handlers
#   libworktop.a      one object, linked together beforehand, with all other names made local, so
#                     that a program may call its own functions wt_anything
set(rooms wt_shm wt_bus wt_schema wt_base)
set(library_directory ${PROJECT_BINARY_DIR}/lib)

add_library(libworktop_shared SHARED $<TARGET_OBJECTS:wt_client>)
target_link_libraries(libworktop_shared PRIVATE ${rooms} wt_flags PkgConfig::MSGPACK Threads::Threads)
target_link_options(libworktop_shared PRIVATE -Wl,-z,nodelete -Wl,--exclude-libs,ALL)
if(NOT WORKTOP_SANITIZE) # a sanitizer's own symbols come with the program
  target_link_options(libworktop_shared PRIVATE -Wl,-z,defs)
endif()
set_target_properties(libworktop_shared PROPERTIES
  LINKER_LANGUAGE C OUTPUT_NAME worktop VERSION ${PROJECT_VERSION} SOVERSION 0
  LIBRARY_OUTPUT_DIRECTORY ${library_directory})

set(archives "")
foreach(room IN LISTS rooms)
  list(APPEND archives $<TARGET_FILE:${room}>)
endforeach()
set(object ${PROJECT_BINARY_DIR}/libworktop.o)
set(archive ${library_directory}/libworktop.a)
add_custom_command(OUTPUT ${archive}
  COMMAND ${CMAKE_LINKER} -r -o ${object} $<TARGET_OBJECTS:wt_client>
    --start-group ${archives} --end-group
  COMMAND ${CMAKE_OBJCOPY} --wildcard "--keep-global-symbol=worktop_*" ${object}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${library_directory}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
  COMMAND ${CMAKE_AR} qcs ${archive} ${object}
  DEPENDS wt_client ${rooms} $<TARGET_OBJECTS:wt_client>
  COMMENT "Linking libworktop.a" COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(libworktop_static ALL DEPENDS ${archive})

# The way from the folder of worktop.pc back to the prefix: the tree may be moved as a whole.
file(RELATIVE_PATH WORKTOP_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
# What the static library needs. Not as Requires.private: pkg-config would then want msgpack's own
# file, of a package that only builders of Worktop need, for every program that asks for worktop.
list(TRANSFORM MSGPACK_LIBRARIES PREPEND -l OUTPUT_VARIABLE private)
list(JOIN private " " WORKTOP_PC_PRIVATE)
configure_file(${PROJECT_SOURCE_DIR}/cmake/worktop.pc.in ${library_directory}/worktop.pc @ONLY)

install(TARGETS libworktop_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${archive} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${library_directory}/worktop.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/include/worktop/worktop.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/worktop)
