# The Debian package: `cmake --build build/release --target package`, or `./lab package`. What `cmake --install` gives,
# and what only a package has: units, users, maintainer scripts (packaging/), put in place by PackageStage.cmake.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME opencapf)
set(CPACK_PACKAGE_CONTACT "OpenCAPF maintainers <opencapf@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "certificates for IP phones: CAPF, EST server, simulated CA")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"An open replica of the chain by which a Cisco IP phone gets its Locally
Significant Certificate from an enterprise certificate authority:
.
 * capfd, the CAPF daemon that phones connect to
 * cesd, the EST server and registration authority in front of the CA
 * ca-simd, a CA with the web enrolment pages of Microsoft AD CS
 * phone-sim and capfctl, simulated phones and administration
.
It is made for labs, classes and integrators. Run opencapf-setup after the
installation: nothing starts before.")

# The version stands in CMakeLists.txt, the revision in the changelog; both must agree (tests/system).
file(STRINGS ${PROJECT_SOURCE_DIR}/packaging/debian/changelog changelog LIMIT_COUNT 1)
string(REGEX REPLACE ".*-([0-9]+)\\).*" "\\1" CPACK_DEBIAN_PACKAGE_RELEASE "${changelog}")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "openssl, systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "logrotate")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion, prometheus")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
foreach(script preinst postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/debian/${script})
endforeach()
list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/packaging/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/PackageStage.cmake)

# Units of the three daemons, from one description.
function(opencapf_units NAME PORT STOP AFTER DESCRIPTION)
  string(REPLACE - _ CREDENTIAL ${NAME})
  foreach(kind service socket)
    configure_file(packaging/systemd/daemon.${kind}.in ${PROJECT_BINARY_DIR}/packaging/units/${NAME}.${kind} @ONLY)
  endforeach()
endfunction()
# STOP leaves room above the drain_timeout of config/NAME.json.
opencapf_units(capfd 3804 30 "cesd.service" "CAPF daemon (OpenCAPF)")
opencapf_units(cesd 8084 30 "ca-simd.service" "EST server and registration authority (OpenCAPF)")
opencapf_units(ca-simd 8443 30 "" "Certificate authority with AD CS web enrolment (OpenCAPF)")

set(conffiles /etc/logrotate.d/opencapf)
foreach(config ${configs})
  get_filename_component(file ${config} NAME)
  list(APPEND conffiles /etc/opencapf/${file})
endforeach()
list(JOIN conffiles "\n" conffiles)
file(WRITE ${PROJECT_BINARY_DIR}/packaging/conffiles "${conffiles}\n")
include(CPack)
