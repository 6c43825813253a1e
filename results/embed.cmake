# embed_text(TARGET FILE SYMBOL): compile FILE into TARGET as `const char SYMBOL[]`, NUL-terminated.
# Bytes, not a string literal: C11 promises only 4095 characters of those.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

  function(embed_text target file symbol)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
    add_custom_command(OUTPUT ${out}
      COMMAND ${CMAKE_COMMAND} -DIN=${CMAKE_CURRENT_SOURCE_DIR}/${file} -DOUT=${out}
              -DSYMBOL=${symbol} -P ${EMBED_SCRIPT}
      DEPENDS ${file} ${EMBED_SCRIPT} VERBATIM)
    target_sources(${target} PRIVATE ${out})
  endfunction()
else()
  file(READ ${IN} bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  file(WRITE ${OUT} "extern const char ${SYMBOL}[];\nconst char ${SYMBOL}[] = {${bytes}0};\n")
endif()
