# find_package(postbackd): postbackd::daemon, and what it needs.
include(CMakeFindDependencyMacro)
foreach(package Threads SQLite3 SQLiteCpp OpenSSL ZLIB Boost fmt spdlog tomlplusplus CLI11 CURL PkgConfig)
  find_dependency(${package})
endforeach()
find_dependency(prometheus-cpp CONFIG)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
include(${CMAKE_CURRENT_LIST_DIR}/postbackd-targets.cmake)
