#include "store/sqlite/files/open_file.hpp"

#include <fmt/format.h>

#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "base/directory.hpp"
#include "base/log.hpp"
#include "base/permission.hpp"
#include "store/sqlite/files/file_system.hpp"
#include "store/sqlite/files/migration.hpp"
#include "store/sqlite/files/schema.hpp"

namespace postbackd::store::sqlite
{
namespace
{

void check_directory(const std::filesystem::path& store)
{
  const auto directory = std::filesystem::absolute(store).parent_path();
  if (!std::filesystem::is_directory(directory))
    throw base::Failure(base::Errc::invalid,
                        fmt::format("the directory '{}' does not exist: create it, or change [store] path",
                                    directory.string()));
}

// Its other files get its rights from SQLite.
void create_file(const std::filesystem::path& store)
{
  const base::Descriptor file(
      ::open(store.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file)
    base::give_to_owner_of_directory(file, store, 0640); // else another process creates it now, or nobody can
}

// The halves of a split installation have users of their own, and one group (docs/deploy.md).
void share_files(const std::filesystem::path& store)
{
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::absolute(store).parent_path(), ignored))
    if (entry.path().filename().string().starts_with(store.filename().string()))
      base::share_with_group(entry.path(), S_IRGRP | S_IWGRP);
}

} // namespace

void check_place(const std::filesystem::path& path)
{
  check_directory(path);
  refuse_network_file_system(path);
  const auto directory = std::filesystem::absolute(path).parent_path();
  const auto& asked = std::filesystem::exists(path) ? path : directory;
  if (::access(asked.c_str(), R_OK | W_OK) != 0)
    throw base::Failure(base::Errc::invalid,
                        fmt::format("cannot write '{}': {}. Check the owner and the mode", asked.string(),
                                    errno == EACCES ? base::permission_denied() : std::strerror(errno)));
}

Connection open_file(const ConnectionOptions& options, Connection::Mode mode, const std::string& why_not_made)
{
  const FileKind kind = inspect(options.path, options.vfs);
  if (kind != FileKind::ours && mode != Connection::Mode::create)
    throw base::Failure(base::Errc::not_found,
                        fmt::format("there is no store at '{}': start postbackd once, or `postbackctl store "
                                    "init`, or check [store] path",
                                    options.path.string()));
  if (kind != FileKind::ours && !why_not_made.empty())
    throw base::Failure(base::Errc::not_found, why_not_made);
  check_directory(options.path);
  if (mode != Connection::Mode::create) return Connection(options, mode);
  refuse_network_file_system(options.path);
  if (kind == FileKind::absent) create_file(options.path);
  share_files(options.path);
  return Connection(options, mode, [&](SQLite::Database& database) {
    migrate(database, options.path, migrations());
    // A store that is suddenly new may be a volume that is not mounted.
    if (create_schema(database)) base::log::warning("store_created", {{"path", options.path.string()}});
  });
}

} // namespace postbackd::store::sqlite
