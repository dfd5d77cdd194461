# Programs install themselves (cmake/Targets.cmake); here is the rest. Configurations keep local edits on upgrade only
# when a package marks them as such, so they are plain files of etc/opencapf.
file(GLOB configs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/config/*.json)
install(FILES ${configs} DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/opencapf)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/architecture.md docs/bench.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(PROGRAMS setup/opencapf-setup DESTINATION ${CMAKE_INSTALL_SBINDIR})
file(GLOB setup_parts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/setup/*.sh)
install(FILES ${setup_parts} DESTINATION ${CMAKE_INSTALL_DATADIR}/opencapf/setup)
install(FILES monitoring/alerts.yml monitoring/grafana-dashboard.json monitoring/prometheus.yml
  DESTINATION ${CMAKE_INSTALL_DATADIR}/opencapf/monitoring)
