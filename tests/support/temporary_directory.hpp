#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace postbackd::test
{

// A folder for one test; the destructor removes it.
class TemporaryDirectory
{
public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  // Writes a file with mode 0600 and returns its path.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);

} // namespace postbackd::test
