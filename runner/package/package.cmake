# `cpack` makes a Debian package of what is installed; the target source_package makes an archive of
# the source code that builds without git.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sweep-runner)
set(CPACK_PACKAGE_VENDOR "sweep maintainers")
set(CPACK_PACKAGE_CONTACT "sweep maintainers <maintainers@users.noreply.github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "hyperparameter sweep and experiment runner")
set(CPACK_PACKAGE_DESCRIPTION
"sweep trains every configuration that an INI file describes, on its own engine
for LSTM autoencoders or by running a program of yours, records every epoch in
one SQLite file, prints tables and draws charts with gnuplot.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox | gnuplot")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "sqlite3")
set(CPACK_DEBIAN_PACKAGE_CONFLICTS sweep) # an editor of sounds, with a program of this name
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian.cmake)

include(CPack)

find_package(Git QUIET)
if(GIT_FOUND)
  set(archive sweep-${PROJECT_VERSION})
  add_custom_target(source_package
    COMMAND ${GIT_EXECUTABLE} archive --prefix=${archive}/ -o ${PROJECT_BINARY_DIR}/${archive}.tar.gz HEAD
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM)
endif()
