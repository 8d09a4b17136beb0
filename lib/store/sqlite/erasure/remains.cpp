#include "store/sqlite/erasure/remains.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "sql/statement.hpp"
#include "store/file_name.hpp"

namespace postbackd::store::sqlite
{
namespace
{

namespace fs = std::filesystem;

constexpr int most_rows = 5; // of a table

std::vector<std::string> texts_of(sql::Database& database, const std::string& sql)
{
  std::vector<std::string> texts;
  sql::Statement find(database, sql);
  while (find.step())
    texts.push_back(find.column(0).text());
  return texts;
}

// The key of a table without row numbers may itself be what must not be said.
std::string row_of(sql::Database& database, const std::string& table)
{
  return sql::number_of(database, "SELECT wr FROM pragma_table_list('" + table + "')") != 0 ? "NULL"
                                                                                            : "rowid";
}

enum class Content { without, with, unreadable };

Content search(const fs::path& path, const model::DataSubject& subject)
{
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return errno == ENOENT ? Content::without : Content::unreadable; // it has just gone
  model::SubjectSearch search(subject);
  std::string bytes(1 << 20, '\0');
  for (;;) {
    const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
    if (count < 0) return Content::unreadable;
    if (search.add({bytes.data(), static_cast<std::size_t>(count)})) return Content::with;
    if (count == 0) return Content::without;
  }
}

} // namespace

std::vector<std::string> rows_with(sql::Database& database, const model::DataSubject& subject)
{
  std::vector<std::string> rows;
  for (const std::string& table : texts_of(
           database, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")) {
    sql::Statement find(database, fmt::format("SELECT {}, * FROM \"{}\"", row_of(database, table), table));
    for (int found = 0; found < most_rows && find.step();) {
      bool mentions = false;
      for (int column = 1; column < find.columns() && !mentions; ++column)
        mentions = subject.is_in(find.column(column).bytes());
      if (!mentions) continue;
      const sql::Column row = find.column(0);
      rows.push_back("table " + table + (row.is_null() ? "" : ", row " + row.text()));
      ++found;
    }
  }
  return rows;
}

std::vector<std::string> files_with(const fs::path& store, const model::DataSubject& subject)
{
  const fs::path real = fs::weakly_canonical(fs::absolute(store));
  std::vector<fs::path> others = copies_beside(real);
  for (const char* suffix : {"", "-wal", "-shm"})
    others.push_back(real.string() + suffix);
  // Also by another name: reading one would drop SQLite's locks on it.
  const auto is_other = [&others](const fs::path& file) {
    std::error_code absent;
    return std::any_of(others.begin(), others.end(),
                       [&](const fs::path& other) { return fs::equivalent(file, other, absent); });
  };
  std::vector<std::string> files;
  constexpr auto options = fs::directory_options::skip_permission_denied;
  std::error_code gone;
  for (auto entry = fs::recursive_directory_iterator(real.parent_path(), options, gone); entry != end(entry);
       entry.increment(gone)) {
    std::error_code ignored;
    const fs::path& path = entry->path();
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored) &&
        ::access(path.c_str(), R_OK | X_OK) != 0)
      files.push_back(fmt::format("perhaps the directory '{}', which cannot be read", path.string()));
    if (!entry->is_regular_file(ignored) || entry->is_symlink(ignored) || is_other(path)) continue;
    const Content content = search(path, subject);
    if (content == Content::with) files.push_back(fmt::format("the file '{}'", path.string()));
    if (content == Content::unreadable)
      files.push_back(fmt::format("perhaps the file '{}', which cannot be read", path.string()));
  }
  return files;
}

} // namespace postbackd::store::sqlite
