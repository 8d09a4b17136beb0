#include "store/sqlite/sqlite_fanbase.hpp"

#include "store/sqlite/fanbase_table.hpp"
#include "store/sqlite/function_job.hpp"
#include "store/sqlite/statement.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

namespace asio = boost::asio;

// Bounds how long others wait behind one pass.
constexpr std::size_t most_steps = 500;

} // namespace

SqliteFanbase::SqliteFanbase(const ConnectionOptions& options, SQLite::Database& writer, CommitQueue& queue,
                             const base::FreeSpace* free_space)
    : writer_(writer), queue_(queue), free_space_(free_space), reader_(options, Connection::Mode::read),
      steps_reader_(options, Connection::Mode::read)
{
}

void SqliteFanbase::run(const std::function<void()>& function)
{
  FunctionJob job(function);
  queue_.run_blocking(job);
  if (job.error()) throw base::Failure(*job.error());
}

base::Result<void> SqliteFanbase::check_room() const
{
  return free_space_ ? free_space_->check() : base::Result<void>();
}

std::vector<Token> SqliteFanbase::tokens(base::TimePoint now)
{
  const std::lock_guard lock(mutex_);
  std::vector<Token> tokens;
  SQLite::Statement find(reader_.database(),
                         "SELECT digest, client, expires_at FROM fanbase_tokens WHERE expires_at > ?1");
  find.bind(1, text::format_time(now));
  while (find.executeStep()) {
    Token token{
        {}, find.getColumn(1).getString(), text::parse_time(find.getColumn(2).getString()).value_or(now)};
    const auto* bytes = static_cast<const unsigned char*>(find.getColumn(0).getBlob());
    std::copy_n(bytes, token.digest.size(), token.digest.begin());
    tokens.push_back(std::move(token));
  }
  return tokens;
}

asio::awaitable<base::Result<void>> SqliteFanbase::keep_token(const Token& token, base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  const std::function<void()> insert = [&] { insert_token(writer_, token, now); };
  FunctionJob job(insert);
  co_await queue_.run(job);
  if (job.error()) co_return *job.error();
  co_return base::Result<void>();
}

asio::awaitable<base::Result<QueueObject>>
SqliteFanbase::enqueue(const QueueObject& object, const std::optional<ObjectQuestion>& question,
                       base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  QueueObject kept;
  const std::function<void()> insert = [&] { kept = insert_object(writer_, object, question, now); };
  FunctionJob job(insert, object.msg.size());
  co_await queue_.run(job);
  if (job.error()) co_return *job.error();
  co_return kept;
}

std::optional<QueueObject> SqliteFanbase::find(const std::string& client, const std::string& id)
{
  const std::lock_guard lock(mutex_);
  return find_object(reader_.database(), client, id);
}

asio::awaitable<base::Result<AppOutcome>> SqliteFanbase::keep_user(const AppUser& user, bool any_document,
                                                                   base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  AppOutcome outcome = AppOutcome::kept;
  const std::function<void()> insert = [&] { outcome = insert_user(writer_, user, any_document, now); };
  FunctionJob job(insert);
  co_await queue_.run(job);
  if (job.error()) co_return *job.error();
  co_return outcome;
}

asio::awaitable<base::Result<AppOutcome>> SqliteFanbase::keep_event(const AppEvent& event,
                                                                    base::TimePoint now)
{
  if (const auto room = check_room(); !room) co_return room.error();
  AppOutcome outcome = AppOutcome::kept;
  const std::function<void()> insert = [&] { outcome = insert_event(writer_, event, now); };
  FunctionJob job(insert);
  co_await queue_.run(job);
  if (job.error()) co_return *job.error();
  co_return outcome;
}

std::size_t SqliteFanbase::advance_objects(base::TimePoint now)
{
  const std::vector<ObjectStep> steps = find_steps(steps_reader_.database(), last_step_, most_steps, now);
  if (steps.empty()) return 0;
  run([&] {
    for (const ObjectStep& step : steps)
      take_step(writer_, step, now);
  });
  return steps.size();
}

std::optional<std::string> SqliteFanbase::remote_id(const std::string& key)
{
  const std::lock_guard lock(mutex_);
  SQLite::Statement find(reader_.database(), "SELECT remote_id FROM fanbase_sent WHERE key = ?1");
  find.bind(1, key);
  if (!find.executeStep()) return std::nullopt;
  return find.getColumn(0).getString();
}

void SqliteFanbase::keep_remote_id(const std::string& key, const std::string& id, base::TimePoint now)
{
  run([&] {
    SQLite::Statement insert(writer_,
                             "INSERT INTO fanbase_sent (key, remote_id, sent_at) VALUES (?1, ?2, ?3) "
                             "ON CONFLICT (key) DO UPDATE SET remote_id = excluded.remote_id");
    insert.bind(1, key);
    insert.bind(2, id);
    insert.bind(3, text::format_time(now));
    insert.exec();
  });
}

} // namespace postbackd::store::sqlite
