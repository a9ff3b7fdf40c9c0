# Installation: the program, the public headers, the rooms' static libraries, and a package that
# `find_package(puente)` finds wherever the installed tree is moved to. Who uses it links
# puente::puente and includes puente/*.h.
include(CMakePackageConfigHelpers)

add_library(puente_library INTERFACE)
set_target_properties(puente_library PROPERTIES EXPORT_NAME puente)
add_library(puente::puente ALIAS puente_library)
target_compile_features(puente_library INTERFACE cxx_std_20)
set(room_targets)
foreach(room IN LISTS PUENTE_ROOMS)
  target_link_libraries(puente_library INTERFACE puente_${room})
  list(APPEND room_targets puente_${room})
endforeach()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/puente)
install(TARGETS puente_library ${room_targets} EXPORT puenteTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT puenteTargets NAMESPACE puente:: DESTINATION ${package_folder})
install(DIRECTORY include/puente DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")
configure_package_config_file(cmake/puenteConfig.cmake.in ${PROJECT_BINARY_DIR}/puenteConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/puenteConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/puenteConfig.cmake
              ${PROJECT_BINARY_DIR}/puenteConfigVersion.cmake
              cmake/FindDCMTKCodecs.cmake
        DESTINATION ${package_folder})
install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/puente FILES_MATCHING
        PATTERN "*.toml")
if(TARGET puente)
  install(TARGETS puente RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
