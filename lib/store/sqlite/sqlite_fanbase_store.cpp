#include "store/sqlite/sqlite_fanbase_store.hpp"

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/fanbase/app_table.hpp"
#include "store/sqlite/fanbase/fanbase_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

namespace asio = boost::asio;

// Bounds how long others wait for one pass.
constexpr std::size_t most_steps = 500;

} // namespace

SqliteFanbaseStore::SqliteFanbaseStore(const ConnectionOptions& options, SQLite::Database& writer,
                                       CommitQueue& queue, HasRoom has_room)
    : writer_(writer), queue_(queue), has_room_(std::move(has_room)), reader_(options), steps_reader_(options)
{
}

base::Result<void> SqliteFanbaseStore::check_room() const
{
  return has_room_ ? has_room_(0) : base::Result<void>();
}

std::vector<AccessToken> SqliteFanbaseStore::tokens(base::TimePoint now)
{
  return reader_.read([&] {
    std::vector<AccessToken> tokens;
    SQLite::Statement find(reader_.database(),
                           "SELECT digest, client, expires_at FROM fanbase_tokens WHERE expires_at > ?1 "
                           "ORDER BY expires_at");
    find.bind(1, text::format_time(now));
    while (find.executeStep()) {
      AccessToken token{{}, find.getColumn(1).getString(), time_of(find, 2)};
      const auto* bytes = static_cast<const unsigned char*>(find.getColumn(0).getBlob());
      std::copy_n(bytes, token.digest.size(), token.digest.begin());
      tokens.push_back(std::move(token));
    }
    return tokens;
  });
}

asio::awaitable<base::Result<void>> SqliteFanbaseStore::keep_token(const AccessToken& token,
                                                                   base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  auto insert = [&] { insert_token(writer_, token, now); };
  co_return co_await queue_.run(insert);
}

asio::awaitable<base::Result<QueueObject>>
SqliteFanbaseStore::enqueue(const QueueObject& object, const std::optional<ObjectSubmission>& submission,
                            base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  auto insert = [&] { return insert_object(writer_, object, submission, now); };
  co_return co_await queue_.run(insert, object.request.size());
}

std::optional<QueueObject> SqliteFanbaseStore::find(const std::string& client, const std::string& id)
{
  return reader_.read([&] { return find_object(reader_.database(), client, id); });
}

asio::awaitable<base::Result<AppOutcome>>
SqliteFanbaseStore::keep_user(const AppUser& user, bool any_document, base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  auto insert = [&] { return insert_user(writer_, user, any_document, now); };
  co_return co_await queue_.run(insert);
}

asio::awaitable<base::Result<AppOutcome>> SqliteFanbaseStore::keep_event(const AppEvent& event,
                                                                         base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  auto insert = [&] { return insert_event(writer_, event, now); };
  co_return co_await queue_.run(insert);
}

std::size_t SqliteFanbaseStore::advance_objects(bool has_handlers, base::TimePoint now)
{
  const std::vector<ObjectStep> steps = steps_reader_.read(
      [&] { return find_steps(steps_reader_.database(), last_step_, most_steps, has_handlers, now); });
  if (steps.empty()) return 0;
  auto take = [&] {
    for (const ObjectStep& step : steps)
      take_step(writer_, step, now);
  };
  queue_.run_blocking(take).value();
  return steps.size();
}

std::optional<std::string> SqliteFanbaseStore::remote_id(const std::string& key)
{
  return reader_.read([&]() -> std::optional<std::string> {
    SQLite::Statement find(reader_.database(), "SELECT remote_id FROM fanbase_sent WHERE key = ?1");
    bind_text(find, 1, key);
    if (!find.executeStep()) return std::nullopt;
    return find.getColumn(0).getString();
  });
}

void SqliteFanbaseStore::keep_remote_id(const std::string& key, const std::string& id, base::TimePoint now)
{
  auto write = [&] {
    SQLite::Statement insert(writer_,
                             "INSERT INTO fanbase_sent (key, remote_id, sent_at) VALUES (?1, ?2, ?3) "
                             "ON CONFLICT (key) DO UPDATE SET remote_id = excluded.remote_id");
    insert.bind(1, key);
    insert.bind(2, id);
    insert.bind(3, text::format_time(now));
    insert.exec();
  };
  queue_.run_blocking(write).value();
}

} // namespace postbackd::store::sqlite
