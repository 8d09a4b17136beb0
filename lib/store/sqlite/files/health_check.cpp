#include "store/sqlite/files/health_check.hpp"

#include <SQLiteCpp/Column.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <pthread.h>

#include "store/sqlite/files/schema.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr std::uintmax_t largest_checked_file = 64 << 20;

} // namespace

HealthCheck::HealthCheck(const ConnectionOptions& options)
    : connection_(options, Connection::Mode::read), thread_([this] { check(); })
{
  pthread_setname_np(thread_.native_handle(), "health check");
}

HealthCheck::~HealthCheck()
{
  sqlite3_interrupt(connection_.database().raw().getHandle());
  thread_.join();
}

void HealthCheck::check()
{
  try {
    const std::string verdict = quick_check(connection_);
    if (verdict != "ok")
      connection_.failures().note(
          {base::Errc::fatal,
           fmt::format("'{}' is damaged: {}. {}", connection_.path().string(), verdict, how_to_restore())});
  } catch (const SQLite::Exception& e) {
    connection_.failures().note(to_error(e)); // an interruption is no failure
  }
}

std::string quick_check(Connection& connection)
{
  std::error_code gone; // StoreFiles says so
  const auto size = std::filesystem::file_size(connection.path(), gone);
  if (gone || size > largest_checked_file) return "ok";
  return connection.database().raw().execAndGet("PRAGMA quick_check(1)").getString();
}

} // namespace postbackd::store::sqlite
