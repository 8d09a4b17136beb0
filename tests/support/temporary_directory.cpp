#include "support/temporary_directory.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace postbackd::test
{

TemporaryDirectory::TemporaryDirectory()
{
  std::string name = (std::filesystem::temp_directory_path() / "postbackd-test.XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory()
{
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryDirectory::write(std::string_view name, std::string_view content) const
{
  const auto path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path;
}

std::string read_file(const std::filesystem::path& path)
{
  std::ifstream file(path, std::ios::binary);
  std::string content;
  std::string part(1 << 16, '\0');
  while (file.read(part.data(), static_cast<std::streamsize>(part.size())), file.gcount() > 0)
    content.append(part, 0, static_cast<std::size_t>(file.gcount()));
  return content;
}

} // namespace postbackd::test
