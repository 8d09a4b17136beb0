#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "store/bodies.hpp"
#include "store/sqlite/files/open_file.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

namespace postbackd::test
{

// Outlives every store, as CommitQueue::run wants it.
inline boost::asio::io_context& test_context()
{
  static boost::asio::io_context io;
  io.restart();
  return io;
}

// Runs several keeps at once, so that they meet in one group, and returns their outcomes in order.
inline std::vector<base::Result<model::Kept>>
keep_all(store::Store& store, const std::vector<model::Postback>& postbacks, base::TimePoint now)
{
  boost::asio::io_context& io = test_context();
  std::vector<std::future<base::Result<model::Kept>>> futures;
  for (const model::Postback& postback : postbacks)
    futures.push_back(
        boost::asio::co_spawn(io, store.postbacks().keep(postback, now), boost::asio::use_future));
  io.run();
  std::vector<base::Result<model::Kept>> outcomes;
  for (auto& future : futures)
    outcomes.push_back(future.get());
  return outcomes;
}

// A store in a folder of its own, and a second connection that looks at it as a user does.
struct StoreFixture {
  TemporaryDirectory directory;
  ManualClock clock;
  store::StoreOptions options;
  const char* vfs = nullptr;
  std::unique_ptr<store::Store> store;

  StoreFixture() { options.path = directory / "store.sqlite3"; }

  void open() { store = std::make_unique<store::sqlite::SqliteStore>(options, vfs); }

  std::vector<base::Result<model::Kept>> keep_all(const std::vector<model::Postback>& postbacks)
  {
    return test::keep_all(*store, postbacks, clock.now());
  }
  base::Result<model::Kept> keep(const model::Postback& postback) { return keep_all({postback}).front(); }

  // Runs a task of the store to its end.
  template<class T>
  T run(boost::asio::awaitable<T> task)
  {
    boost::asio::io_context& io = test_context();
    auto future = boost::asio::co_spawn(io, std::move(task), boost::asio::use_future);
    io.run();
    return future.get();
  }
  std::int64_t mark_overdue() { return store->upkeep().mark_overdue(clock.now()).value(); }

  sqlite::Connection connect(sqlite::Connection::Mode mode) const
  {
    return store::sqlite::open_file({options.path, options.busy_timeout, vfs}, mode);
  }
  // The first column of the first row, as text.
  std::string ask(const std::string& sql)
  {
    sqlite::Connection reader = connect(sqlite::Connection::Mode::read);
    SQLite::Statement statement(reader.database().raw(), sql);
    return statement.executeStep() ? statement.getColumn(0).getString() : "(no row)";
  }
  int tell(const std::string& sql)
  {
    sqlite::Connection writer = connect(sqlite::Connection::Mode::existing);
    return writer.database().raw().exec(sql);
  }
};

} // namespace postbackd::test
