# Programs install themselves (cmake/Targets.cmake); here is the rest. Configurations keep local edits on upgrade only
# when a package marks them as such, so they are plain files of etc/opencapf.
file(GLOB configs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/config/*.json)
install(FILES ${configs} DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/opencapf)
file(GLOB schemas CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/config/schema/*.json)
install(FILES ${schemas} DESTINATION ${CMAKE_INSTALL_DATADIR}/opencapf/schema)

install(PROGRAMS setup/opencapf-setup DESTINATION ${CMAKE_INSTALL_SBINDIR})
file(GLOB setup_parts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/setup/*.sh)
install(FILES ${setup_parts} DESTINATION ${CMAKE_INSTALL_DATADIR}/opencapf/setup)

# Dashboard and alert rules, for the people who run Prometheus and Grafana.
install(DIRECTORY monitoring DESTINATION ${CMAKE_INSTALL_DATADIR}/opencapf)
install(FILES tools/wireshark/capf.lua DESTINATION ${CMAKE_INSTALL_DATADIR}/opencapf/wireshark)

install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
file(GLOB documents CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
install(FILES ${documents} DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(DIRECTORY docs/reference docs/troubleshooting DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.[1-8])
foreach(page ${pages})
  get_filename_component(section ${page} LAST_EXT)
  string(SUBSTRING ${section} 1 1 section)
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
file(GLOB completions CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/completion/*)
foreach(completion ${completions})
  get_filename_component(command ${completion} NAME_WE)
  install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${command})
endforeach()
