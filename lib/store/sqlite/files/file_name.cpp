#include "store/file_name.hpp"

#include <algorithm>

namespace postbackd::store
{

const char* const default_file_name = "postbacks.sqlite3";

std::vector<std::filesystem::path> copies_beside(const std::filesystem::path& store)
{
  std::vector<std::filesystem::path> copies;
  const std::filesystem::path path = std::filesystem::absolute(store);
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path()))
    for (const char* mark : {".before-restore", ".schema-"})
      if (entry.path().filename().string().starts_with(path.filename().string() + mark))
        copies.push_back(entry.path());
  std::sort(copies.begin(), copies.end());
  return copies;
}

} // namespace postbackd::store
