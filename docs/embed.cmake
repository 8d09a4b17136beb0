# Turns docs/openapi.yaml into a C++ file: the API serves it.
set(POSTBACKD_OPENAPI_SOURCE ${PROJECT_BINARY_DIR}/embedded_openapi.cpp)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/openapi.yaml)
file(READ ${CMAKE_CURRENT_LIST_DIR}/openapi.yaml yaml)
# A compiler takes literals of 64 KiB at least; each line is one.
string(REPLACE "\n" "\n)YAML\"\nR\"YAML(" yaml "${yaml}")
file(CONFIGURE OUTPUT ${POSTBACKD_OPENAPI_SOURCE} CONTENT "#include \"api/openapi.hpp\"

namespace postbackd::api {
std::string_view openapi_yaml()
{
  return R\"YAML(${yaml})YAML\";
}
}
" @ONLY)
