#include "store/sqlite/erasure/erasure_list.hpp"

#include <fmt/format.h>

#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <unistd.h>
#include <unordered_set>

#include "base/descriptor.hpp"
#include "base/digest.hpp"
#include "base/directory.hpp"
#include "base/error.hpp"
#include "sql/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/tables/common/settings.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr std::size_t digest_digits = 32; // 128 bits

// Rows with a number, by names that no later row has.
struct NumberedRows {
  const char* word;
  const char* table;
  const char* number;
  const char* names; // one or two columns; NULL is no name
  const char* stays; // true of a row that is not erased yet
  tables::FoundToErase::Numbers tables::FoundToErase::*rows;
};
constexpr auto names_of_query = "correlation, lower(query_id)";
constexpr NumberedRows numbered_rows[] = {
    {"query", "queries", "id", names_of_query, "erased_at IS NULL", &tables::FoundToErase::queries},
    {"own-query", "queries", "id", names_of_query, "erased_at IS NULL", &tables::FoundToErase::own_queries},
    {"name", "queries", "id", names_of_query, "1", &tables::FoundToErase::names_of_queries},
    {"recovery", "queries", "id", names_of_query,
     "id IN (SELECT query_row FROM recoveries WHERE last_error IS NOT NULL)",
     &tables::FoundToErase::recoveries},
    {"postback", "postbacks", "receipt", "receipt", "problem IS NOT 'erased'",
     &tables::FoundToErase::postbacks},
    {"postback-name", "postbacks", "receipt", "receipt",
     "correlation IS NOT NULL OR query_id NOT GLOB 'erased-*'", &tables::FoundToErase::names_of_postbacks},
    {"object", "queue_objects", "number", "id", "request <> '{}' OR message IS NOT NULL OR key IS NOT NULL",
     &tables::FoundToErase::objects},
    {"app-event", "app_events", "number", "number || ' ' || created_at", "1",
     &tables::FoundToErase::app_events},
    {"delivery", "deliveries", "id", "id || ' ' || created_at",
     "last_error IS NOT NULL OR message IS NOT NULL OR reason IS NOT NULL OR id IN (SELECT delivery FROM "
     "attempts WHERE detail IS "
     "NOT NULL)",
     &tables::FoundToErase::deliveries},
    {"audit", "audit", "id", "id || ' ' || at", "query <> 'erased'", &tables::FoundToErase::audits},
    {"group", "groups", "id", "id || ' ' || created_at", "name NOT GLOB 'erased-*'",
     &tables::FoundToErase::groups},
};

// Rows with a text as their key, which is their name.
struct NamedRows {
  const char* word;
  const char* table;
  const char* name;
  const char* stays;
  tables::FoundToErase::Texts tables::FoundToErase::*rows;
};
constexpr NamedRows named_rows[] = {
    {"submission", "submissions", "correlation", "1", &tables::FoundToErase::submissions},
    {"sent", "fanbase_sent", "key", "remote_id <> 'erased'", &tables::FoundToErase::sent},
    {"user", "(SELECT user_id FROM app_users UNION SELECT user_id FROM app_registrations)", "user_id", "1",
     &tables::FoundToErase::users},
    {"fan", "fans", "document", "1", &tables::FoundToErase::fans},
};

std::string digest_of(const std::string& store_id, const char* word, const std::string& name)
{
  return base::to_hex(base::sha256(fmt::format("{} {} {}", store_id, word, name))).substr(0, digest_digits);
}

// The names of the row at which the statement stands; they follow its number.
std::vector<std::string> names_of(sql::Statement& row)
{
  std::vector<std::string> names;
  for (int column = 1; column < row.columns(); ++column)
    if (auto name = sql::text_or_nothing(row, column)) names.push_back(std::move(*name));
  return names;
}

} // namespace

// Beside the file itself, whose name may be a link.
ErasureList::ErasureList(const std::filesystem::path& store)
    : path_(std::filesystem::weakly_canonical(std::filesystem::absolute(store)).string() + ".erasures")
{
}

void ErasureList::add(sql::Database& database, const tables::FoundToErase& found, base::TimePoint now) const
{
  const std::string store_id = tables::setting(database, "store_id");
  const std::string time = text::format_time(now);
  std::string lines;
  const auto note = [&](const char* word, const std::string& name) {
    lines += fmt::format("{} {}\n", time, digest_of(store_id, word, name));
  };
  for (const NumberedRows& kind : numbered_rows) {
    sql::Statement row(database, fmt::format("SELECT {0}, {1} FROM {2} WHERE {0} = ?1", kind.number,
                                             kind.names, kind.table));
    for (const std::int64_t number : found.*kind.rows) {
      const sql::Reset reset(row);
      row.bind(1, number);
      if (!row.step()) continue;
      for (const std::string& name : names_of(row))
        note(kind.word, name);
    }
  }
  for (const NamedRows& kind : named_rows)
    for (const std::string& name : found.*kind.rows)
      note(kind.word, name);
  if (!lines.empty()) append(lines);
}

ErasureList::Listed ErasureList::find(sql::Database& database) const
{
  std::set<std::string> known;
  sql::Statement erasures(database, "SELECT erased_at FROM erasures");
  while (erasures.step())
    known.insert(erasures.column(0).text());
  Listed listed;
  tables::FoundToErase& found = listed.rows;
  std::unordered_set<std::string> digests;
  read([&](std::string time, std::string digest) {
    if (known.contains(time)) return;
    listed.times.insert(std::move(time));
    digests.insert(std::move(digest));
  });
  if (digests.empty()) return listed;
  const std::string store_id = tables::setting(database, "store_id");
  const auto has = [&](const char* word, const std::string& name) {
    return digests.contains(digest_of(store_id, word, name));
  };
  for (const NumberedRows& kind : numbered_rows) {
    sql::Statement row(database, fmt::format("SELECT {}, {} FROM {} WHERE {}", kind.number, kind.names,
                                             kind.table, kind.stays));
    while (row.step())
      for (const std::string& name : names_of(row))
        if (has(kind.word, name)) {
          (found.*kind.rows).push_back(row.column(0).int64());
          break;
        }
  }
  for (const NamedRows& kind : named_rows) {
    sql::Statement row(database,
                       fmt::format("SELECT {} FROM {} WHERE {}", kind.name, kind.table, kind.stays));
    while (row.step())
      if (std::string name = row.column(0).text(); has(kind.word, name))
        (found.*kind.rows).push_back(std::move(name));
  }
  return listed;
}

void ErasureList::read(const std::function<void(std::string time, std::string digest)>& take) const
{
  if (!std::filesystem::exists(path_)) return;
  std::ifstream file(path_);
  if (!file)
    throw base::Failure(base::Errc::unavailable,
                        fmt::format("'{}', which lists what was erased, cannot be read", path_.string()));
  for (std::string line; std::getline(file, line);)
    if (const std::size_t blank = line.find(' '); blank != std::string::npos)
      take(line.substr(0, blank), line.substr(blank + 1));
}

// Begins a line of its own: a crash may have left a part of one. Two programs may do it at once.
void ErasureList::append(const std::string& lines) const
{
  const bool is_new = !std::filesystem::exists(path_);
  const base::Descriptor file(
      ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  const bool done = file && (!is_new || base::give_to_owner_of_directory(file, path_, 0640)) &&
                    ::flock(file.get(), LOCK_EX) == 0 && base::write_all(file, "\n" + lines) &&
                    ::fdatasync(file.get()) == 0 && (!is_new || base::sync_directory_of(path_));
  if (!done)
    throw base::Failure(
        base::Errc::unavailable,
        fmt::format("cannot note in '{}' what is to be erased: {}. Run it again when that is mended",
                    path_.string(), std::strerror(errno)));
}

} // namespace postbackd::store::sqlite
