#include "document.hpp"

#include <iostream>
#include <unistd.h>

#include "base/plain_text.hpp"

namespace postbackd::ctl
{

void print_document(std::string_view document)
{
  if (::isatty(STDOUT_FILENO) != 1) {
    std::cout << document;
    return;
  }
  while (!document.empty()) {
    const std::size_t end = document.find('\n');
    std::cout << base::as_line(document.substr(0, end)) << '\n';
    document.remove_prefix(end == std::string_view::npos ? document.size() : end + 1);
  }
}

} // namespace postbackd::ctl
