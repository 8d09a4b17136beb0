#pragma once

#include <string_view>

#include "base/blob.hpp"
#include "support/temporary_directory.hpp"

namespace postbackd::test
{

// A spool that keeps nothing in memory.
struct DiskSpool {
  TemporaryDirectory directory;
  base::FreeSpace free_space{directory.path(), 0};
  base::Spool spool{directory.path(), {.in_memory = 0, .memory = 0, .always = 0}, free_space};

  base::Blob blob(std::string_view bytes)
  {
    base::Blob result(spool);
    result.append(bytes);
    return result;
  }
};

} // namespace postbackd::test
