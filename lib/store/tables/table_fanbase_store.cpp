#include "store/tables/table_fanbase_store.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/fanbase/app_table.hpp"
#include "store/tables/fanbase/fanbase_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

namespace asio = boost::asio;

// Bounds how long others wait for one pass.
constexpr std::size_t most_steps = 500;

} // namespace

TableFanbaseStore::TableFanbaseStore(Engine& engine, sql::Database& writer, CommitQueue& queue,
                                     HasRoom has_room)
    : writer_(writer), queue_(queue), has_room_(std::move(has_room)), reader_(engine.open_reader()),
      steps_reader_(engine.open_reader())
{
}

base::Result<void> TableFanbaseStore::check_room() const
{
  return has_room_ ? has_room_(0) : base::Result<void>();
}

std::vector<AccessToken> TableFanbaseStore::tokens(base::TimePoint now)
{
  return reader_.read([&] {
    std::vector<AccessToken> tokens;
    sql::Statement find(reader_.database(),
                        "SELECT digest, client, expires_at FROM fanbase_tokens WHERE expires_at > ?1 "
                        "ORDER BY expires_at");
    find.bind(1, text::format_time(now));
    while (find.step()) {
      AccessToken token{{}, find.column(1).text(), time_of(find, 2)};
      const std::string_view digest = find.column(0).bytes();
      std::copy_n(digest.data(), std::min(digest.size(), token.digest.size()), token.digest.begin());
      tokens.push_back(std::move(token));
    }
    return tokens;
  });
}

asio::awaitable<base::Result<void>> TableFanbaseStore::keep_token(const AccessToken& token,
                                                                  base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  auto insert = [&] { insert_token(writer_, token, now); };
  co_return co_await queue_.run(insert);
}

asio::awaitable<base::Result<QueueObject>>
TableFanbaseStore::enqueue(const QueueObject& object, const std::optional<ObjectSubmission>& submission,
                           base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  auto insert = [&] { return insert_object(writer_, object, submission, now); };
  co_return co_await queue_.run(insert, object.request.size());
}

std::optional<QueueObject> TableFanbaseStore::find(const std::string& client, const std::string& id)
{
  return reader_.read([&] { return find_object(reader_.database(), client, id); });
}

asio::awaitable<base::Result<AppOutcome>> TableFanbaseStore::keep_user(const AppUser& user, bool any_document,
                                                                       base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  auto insert = [&] { return insert_user(writer_, user, any_document, now); };
  co_return co_await queue_.run(insert);
}

asio::awaitable<base::Result<AppOutcome>> TableFanbaseStore::keep_event(const AppEvent& event,
                                                                        base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  auto insert = [&] { return insert_event(writer_, event, now); };
  co_return co_await queue_.run(insert);
}

std::size_t TableFanbaseStore::advance_objects(bool has_handlers, base::TimePoint now)
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

std::optional<std::string> TableFanbaseStore::remote_id(const std::string& key)
{
  return reader_.read([&]() -> std::optional<std::string> {
    sql::Statement find(reader_.database(), "SELECT remote_id FROM fanbase_sent WHERE key = ?1");
    bind_text(find, 1, key);
    if (!find.step()) return std::nullopt;
    return find.column(0).text();
  });
}

void TableFanbaseStore::keep_remote_id(const std::string& key, const std::string& id, base::TimePoint now)
{
  auto write = [&] {
    sql::Statement insert(writer_, "INSERT INTO fanbase_sent (key, remote_id, sent_at) VALUES (?1, ?2, ?3) "
                                   "ON CONFLICT (key) DO UPDATE SET remote_id = excluded.remote_id");
    insert.bind(1, key);
    insert.bind(2, id);
    insert.bind(3, text::format_time(now));
    insert.exec();
  };
  queue_.run_blocking(write).value();
}

} // namespace postbackd::store::tables
