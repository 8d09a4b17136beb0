# Where Debian expects things. The man pages are made from docs/ with lowdown; without it they are left out.
install(TARGETS postbackd DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS postbackctl platform-simulator DESTINATION ${CMAKE_INSTALL_BINDIR})
# An operator's own configuration is never overwritten.
install(CODE "
  set(configuration \"\$ENV{DESTDIR}/etc/postbackd/postbackd.toml\")
  if(EXISTS \"\${configuration}\")
    message(STATUS \"Kept: \${configuration}\")
  else()
    file(INSTALL \"${PROJECT_SOURCE_DIR}/conf/postbackd.toml\" DESTINATION \"/etc/postbackd\") # DESTDIR is put before it
  endif()")
# The units share a sandbox. A package of Debian 13 has them below /usr.
set(POSTBACKD_UNIT_DIRECTORY /lib/systemd/system CACHE STRING "Where systemd's units are installed")
file(READ systemd/sandbox.inc SANDBOX)
file(GLOB units RELATIVE ${PROJECT_SOURCE_DIR}/systemd systemd/*.service.in)
foreach(unit ${units})
  string(REPLACE ".in" "" name ${unit})
  configure_file(systemd/${unit} ${PROJECT_BINARY_DIR}/systemd/${name} @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/systemd/${name} DESTINATION ${POSTBACKD_UNIT_DIRECTORY})
endforeach()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/systemd/sandbox.inc)
install(FILES systemd/postbackd.socket systemd/postbackd-receive.socket systemd/postbackd-api.socket systemd/postbackd-backup.service systemd/postbackd-backup.timer
        DESTINATION ${POSTBACKD_UNIT_DIRECTORY})
install(FILES conf/split/receive.toml conf/split/work.toml DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/postbackd/examples/split)
install(DIRECTORY examples/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/postbackd/examples)
install(FILES systemd/postbackd.sysusers DESTINATION /usr/lib/sysusers.d RENAME postbackd.conf)
install(FILES systemd/postbackd.tmpfiles DESTINATION /usr/lib/tmpfiles.d RENAME postbackd.conf)
install(FILES ctl/completions/postbackctl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME postbackctl)
# bash-completion looks for a file of the command's name.
install(FILES ctl/completions/postbackctl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME postbackd)
install(FILES ctl/completions/_postbackctl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES README.md README.pt-BR.md CHANGELOG.md docs/api.md docs/deploy.md docs/configuration.md docs/schema.md docs/promises.md docs/operations.md docs/handlers.md docs/page.md docs/scale.md docs/submissions.md docs/protocol.md docs/decisions.md docs/openapi.yaml docs/fanbase.md docs/fanbase-openapi.yaml
        docs/prometheus-rules.yml docs/grafana-dashboard.json
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/postbackd)
install(FILES schema/sqlite/newer_indexes.sql DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/postbackd)
install(DIRECTORY docs/pt-BR DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/postbackd)

find_program(LOWDOWN lowdown)
# man_page(LANGUAGE NAME SECTION SOURCE [WHAT]): as docs/man/render. English has no folder of its own.
function(man_page language name section source)
  set(folder man/${language})
  set(page ${PROJECT_BINARY_DIR}/${folder}/${name}.${section})
  add_custom_command(OUTPUT ${page} DEPENDS ${source} ${PROJECT_SOURCE_DIR}/docs/man/render VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/${folder}
    COMMAND sh -c "$0 \"$@\" > '${page}'" ${PROJECT_SOURCE_DIR}/docs/man/render ${LOWDOWN} ${name} ${section} ${source} ${ARGN})
  set_property(GLOBAL APPEND PROPERTY POSTBACKD_MAN_PAGES ${page})
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/${language}/man${section})
endfunction()

if(LOWDOWN)
  man_page("" postbackd 8 ${PROJECT_SOURCE_DIR}/docs/man/postbackd.md)
  man_page("" postbackctl 1 ${PROJECT_SOURCE_DIR}/docs/man/postbackctl.md)
  man_page("" platform-simulator 1 ${PROJECT_SOURCE_DIR}/docs/man/platform-simulator.md)
  man_page("" postbackd.toml 5 ${PROJECT_SOURCE_DIR}/docs/configuration.md "configuration of postbackd(8)")
  man_page("" postbackd-schema 7 ${PROJECT_SOURCE_DIR}/docs/schema.md "the SQLite file of postbackd(8)")
  man_page(pt_BR postbackd.toml 5 ${PROJECT_SOURCE_DIR}/docs/pt-BR/configuration.md "configuração do postbackd(8)")
  man_page(pt_BR postbackd-schema 7 ${PROJECT_SOURCE_DIR}/docs/pt-BR/schema.md "o arquivo SQLite do postbackd(8)")
  get_property(pages GLOBAL PROPERTY POSTBACKD_MAN_PAGES)
  add_custom_target(man ALL DEPENDS ${pages})
else()
  message(STATUS "lowdown is missing: no man pages")
endif()
