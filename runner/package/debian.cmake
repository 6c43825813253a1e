# What Debian's policy asks of a package beyond `cmake --install`: compressed pages and changelog, the
# copyright, zsh's completions where Debian's zsh looks.
set(usr ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr)
set(doc ${usr}/share/doc)
file(RENAME ${doc}/sweep ${doc}/${CPACK_PACKAGE_NAME})
set(doc ${doc}/${CPACK_PACKAGE_NAME})

file(READ ${doc}/LICENSE license)
file(REMOVE ${doc}/LICENSE)
string(REGEX REPLACE "^MIT License[\n]+Copyright [^\n]*[\n]+" "" license "${license}")
string(REGEX REPLACE "\n\n" "\n.\n" license "${license}")
string(REGEX REPLACE "\n([^\n])" "\n \\1" license "${license}")
file(WRITE ${doc}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: sweep

Files: *
Copyright: 2026 The sweep authors
License: Expat
 ${license}")

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${doc}/changelog
"${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}) unstable; urgency=low

  * CHANGELOG.md has the changes.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")

file(MAKE_DIRECTORY ${usr}/share/zsh)
file(RENAME ${usr}/share/zsh/site-functions ${usr}/share/zsh/vendor-completions)
file(GLOB pages ${usr}/share/man/man*/*)
execute_process(COMMAND gzip -9nf ${pages} ${doc}/changelog COMMAND_ERROR_IS_FATAL ANY)
