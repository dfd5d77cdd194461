# Run by CPack between installing and packing: turns an installation under /usr into the tree of a Debian package.
set(stage ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(packaging ${CPACK_PACKAGE_DIRECTORY}/packaging)
get_filename_component(source ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
set(doc ${stage}/usr/share/doc/opencapf)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
function(place destination mode)
  foreach(file ${ARGN})
    get_filename_component(directory ${destination} DIRECTORY)
    file(MAKE_DIRECTORY ${directory})
    run(install -m ${mode} ${file} ${destination})
  endforeach()
endfunction()

# Configuration belongs to the machine, whatever the prefix of the programs is.
file(RENAME ${stage}/usr/etc ${stage}/etc)
place(${stage}/etc/logrotate.d/opencapf 644 ${source}/packaging/logrotate)

file(GLOB units ${packaging}/units/*)
foreach(unit ${units} ${source}/packaging/systemd/opencapf.target)
  get_filename_component(name ${unit} NAME)
  place(${stage}/lib/systemd/system/${name} 644 ${unit})
endforeach()
place(${stage}/usr/lib/sysusers.d/opencapf.conf 644 ${source}/packaging/systemd/sysusers.conf)
place(${stage}/usr/lib/tmpfiles.d/opencapf.conf 644 ${source}/packaging/systemd/tmpfiles.conf)
place(${stage}/usr/lib/opencapf/refresh-credentials 755 ${source}/packaging/systemd/refresh-credentials)

# Debian keeps the licence in /usr/share/common-licenses.
file(REMOVE ${doc}/LICENSE)
place(${doc}/copyright 644 ${source}/packaging/debian/copyright)
place(${stage}/usr/share/lintian/overrides/opencapf 644 ${source}/packaging/debian/lintian-overrides)
place(${doc}/changelog.Debian 644 ${source}/packaging/debian/changelog)
file(GLOB_RECURSE pages ${stage}/usr/share/man/*)
run(gzip -9n ${doc}/changelog.Debian ${pages})

# The same sources give the same package: times are those of the changelog, unless the environment says otherwise.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  set(epoch @$ENV{SOURCE_DATE_EPOCH})
else()
  file(STRINGS ${source}/packaging/debian/changelog signature REGEX "^ -- " LIMIT_COUNT 1)
  string(REGEX REPLACE ".*>  " "" epoch "${signature}")
endif()
run(find ${stage} -exec touch --no-dereference --date ${epoch} {} +)
