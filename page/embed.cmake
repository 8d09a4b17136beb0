# Turns the files of page/ into one C++ file: the API serves them.
file(GLOB page_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.html ${CMAKE_CURRENT_LIST_DIR}/*.css ${CMAKE_CURRENT_LIST_DIR}/*.js
     ${CMAKE_CURRENT_LIST_DIR}/*.svg ${CMAKE_CURRENT_LIST_DIR}/vendor/*.js ${CMAKE_CURRENT_LIST_DIR}/vendor/*.css)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page_files})
set(POSTBACKD_PAGE_SOURCE ${PROJECT_BINARY_DIR}/embedded_page.cpp)
set(arrays "")
set(rows "")
set(number 0)
foreach(file ${page_files})
  get_filename_component(name ${file} NAME)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char file_${number}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${name}\", {reinterpret_cast<const char*>(file_${number}), sizeof file_${number}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(CONFIGURE OUTPUT ${POSTBACKD_PAGE_SOURCE} CONTENT "#include \"api/page.hpp\"

namespace postbackd::api {
namespace {
${arrays}}
const std::vector<PageFile>& page_files()
{
  static const std::vector<PageFile> all{
${rows}  };
  return all;
}
}
" @ONLY)
