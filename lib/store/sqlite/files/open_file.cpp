#include "store/sqlite/files/open_file.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
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

} // namespace

Connection open_file(const ConnectionOptions& options, Connection::Mode mode)
{
  const FileKind kind = inspect(options.path, options.vfs);
  if (kind != FileKind::ours && mode != Connection::Mode::create)
    throw base::Failure(base::Errc::not_found,
                        fmt::format("there is no store at '{}': start postbackd once, or check [store] path",
                                    options.path.string()));
  check_directory(options.path);
  if (mode != Connection::Mode::create) return Connection(options, mode);
  return Connection(options, mode, [&](SQLite::Database& database) {
    migrate(database, options.path, migrations());
    // A store that is suddenly new may be a volume that is not mounted.
    if (create_schema(database)) base::log::warning("store_created", {{"path", options.path.string()}});
  });
}

} // namespace postbackd::store::sqlite
