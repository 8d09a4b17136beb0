#include "postgresql/session.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <poll.h>
#include <string_view>
#include <utility>

#include "postgresql/errors.hpp"

namespace postbackd::postgresql
{
namespace
{

constexpr std::chrono::milliseconds greeting_time{10'000};

// Waits for the socket. Returns false at the deadline.
bool poll_until(int socket, bool to_write, std::chrono::steady_clock::time_point deadline)
{
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wanted{socket, static_cast<short>(to_write ? POLLOUT | POLLIN : POLLIN), 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(left.count()) + 1);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

} // namespace

Session::Session(const ConnectionOptions& options) : options_(options) { connect(); }

Session::~Session() { close(); }

void Session::close() noexcept
{
  PQfinish(connection_);
  connection_ = nullptr;
  unfinished_ = 0;
}

void Session::connect()
{
  close();
  // What stands later wins: the address of the operator before our defaults, but the password that the
  // configuration names before one in the address.
  std::vector<const char*> keys{"fallback_application_name", "tcp_user_timeout", "keepalives_idle", "dbname"};
  std::vector<const char*> values{"postbackd", "10000", "10", options_.url.c_str()};
  if (options_.writes) {
    keys.insert(keys.begin(), "target_session_attrs");
    values.insert(values.begin(), "read-write");
  }
  if (!options_.password.empty()) {
    keys.push_back("password");
    values.push_back(options_.password.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  const auto deadline = Clock::now() + options_.connect_timeout;
  connection_ = PQconnectStartParams(keys.data(), values.data(), 1);
  if (!connection_) throw sql::Failure(base::Errc::unavailable, "PostgreSQL: no memory for a connection");
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(connection_)) {
    if (state == PGRES_POLLING_FAILED || PQstatus(connection_) == CONNECTION_BAD)
      fail_connection("cannot connect to PostgreSQL");
    // The socket may be another one after each step.
    if (!poll_until(PQsocket(connection_), state == PGRES_POLLING_WRITING, deadline)) {
      close();
      throw sql::Failure(base::Errc::unavailable, "cannot connect to PostgreSQL: it does not answer");
    }
  }
  ++number_;
  PQsetnonblocking(connection_, 1);
  PQsetNoticeReceiver(
      connection_, [](void* self, const PGresult* notice) { static_cast<Session*>(self)->note(notice); },
      this);
  greet();
}

// Sets what our statements rely on, whatever the role or the database has.
void Session::greet()
{
  PQenterPipelineMode(connection_);
  run(fmt::format(
      "SET search_path = {0}; SET TimeZone = 'UTC'; SET client_encoding = 'UTF8'; SET bytea_output = 'hex'; "
      "SET lock_timeout = {1}; SET idle_in_transaction_session_timeout = {2}; "
      "SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = {3}; "
      "SET plan_cache_mode = force_generic_plan; SET jit = off; "
      "SET enable_seqscan = {4}; SET enable_hashjoin = {4}; SET enable_mergejoin = {4}; SELECT "
      "set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
      options_.schema, options_.lock_timeout.count(), greeting_time.count(), options_.writes ? "off" : "on",
      options_.by_index ? "off" : "on"));
}

// By the function that warns: the text is in the server's language.
void Session::note(const PGresult* notice)
{
  const char* function = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
  if (function && std::string_view(function) == "SyncRepWaitForLSN") is_on_standby_ = false;
}

void Session::fail_connection(const std::string& what)
{
  const std::string said = trimmed(connection_ ? PQerrorMessage(connection_) : "");
  close();
  throw sql::Failure(base::Errc::unavailable, said.empty() ? what : what + ": " + said);
}

void Session::miss_deadline()
{
  close();
  throw sql::Failure(base::Errc::unavailable,
                     fmt::format("PostgreSQL has not answered for {} ms", options_.call_timeout.count()));
}

void Session::wait(bool to_write, Clock::time_point deadline)
{
  if (!poll_until(PQsocket(connection_), to_write, deadline)) miss_deadline();
  if (PQconsumeInput(connection_) == 0) fail_connection("the connection to PostgreSQL is lost");
}

void Session::flush(Clock::time_point deadline)
{
  for (int left = PQflush(connection_); left != 0; left = PQflush(connection_)) {
    if (left < 0) fail_connection("the connection to PostgreSQL is lost");
    wait(true, deadline);
  }
}

void Session::send(const std::string& name, const Values& values)
{
  if (is_lost()) throw sql::Failure(base::Errc::unavailable, "there is no connection to PostgreSQL");
  if (PQsendQueryPrepared(connection_, name.c_str(), static_cast<int>(values.data.size()), values.data.data(),
                          values.lengths.data(), values.formats.data(), 1) == 0)
    fail_connection("cannot send to PostgreSQL");
  ++unfinished_;
}

void Session::send_prepare(const std::string& name, const std::string& sql)
{
  if (is_lost()) throw sql::Failure(base::Errc::unavailable, "there is no connection to PostgreSQL");
  if (PQsendPrepare(connection_, name.c_str(), sql.c_str(), 0, nullptr) == 0)
    fail_connection("cannot send to PostgreSQL");
  ++unfinished_;
}

void Session::send_describe(const std::string& name)
{
  if (PQsendDescribePrepared(connection_, name.c_str()) == 0) fail_connection("cannot send to PostgreSQL");
  ++unfinished_;
}

ResultPtr Session::next_result(Clock::time_point deadline)
{
  while (PQisBusy(connection_))
    wait(false, deadline);
  return ResultPtr(PQgetResult(connection_));
}

ResultPtr Session::finish()
{
  if (is_lost()) throw sql::Failure(base::Errc::unavailable, "there is no connection to PostgreSQL");
  const auto deadline = Clock::now() + options_.call_timeout;
  if (PQpipelineSync(connection_) == 0) fail_connection("cannot send to PostgreSQL");
  flush(deadline);
  ResultPtr last;
  std::optional<base::Error> first_error;
  for (int nothings = 0;;) {
    ResultPtr result = next_result(deadline);
    if (!result) { // the end of a command
      if (++nothings > 1 && PQstatus(connection_) == CONNECTION_BAD)
        fail_connection("the connection to PostgreSQL is lost");
      continue;
    }
    nothings = 0;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (!first_error) first_error = to_error(result.get());
      if (PQstatus(connection_) == CONNECTION_BAD) {
        close();
        throw sql::Failure(*first_error);
      }
    }
    last = std::move(result);
  }
  unfinished_ = 0;
  if (first_error) throw sql::Failure(*first_error);
  if (!std::exchange(is_on_standby_, true))
    throw sql::Failure(base::Errc::unavailable,
                       "PostgreSQL has committed without its standby: somebody has cancelled the wait");
  return last;
}

void Session::run(const std::string& sql)
{
  if (has_unfinished()) finish();
  if (is_lost()) throw sql::Failure(base::Errc::unavailable, "there is no connection to PostgreSQL");
  const auto deadline = Clock::now() + options_.call_timeout;
  PQexitPipelineMode(connection_);
  if (PQsendQuery(connection_, sql.c_str()) == 0) fail_connection("cannot send to PostgreSQL");
  flush(deadline);
  std::optional<base::Error> error;
  while (ResultPtr result = next_result(deadline))
    if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR && !error) error = to_error(result.get());
  if (PQstatus(connection_) == CONNECTION_BAD) {
    close();
    throw sql::Failure(
        error.value_or(base::Error{base::Errc::unavailable, "the connection to PostgreSQL is lost"}));
  }
  PQenterPipelineMode(connection_);
  if (error) throw sql::Failure(*error);
}

void Session::forget() noexcept
{
  if (is_lost() || !has_unfinished()) return;
  try {
    finish();
  } catch (const sql::Failure&) { // it failed already
  }
}

bool Session::in_transaction() const
{
  if (!connection_) return false;
  const PGTransactionStatusType status = PQtransactionStatus(connection_);
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

void Session::wait_for_notifications(std::chrono::milliseconds time,
                                     const std::function<void(const std::string&)>& take, int wake_fd)
{
  if (is_lost()) throw sql::Failure(base::Errc::unavailable, "there is no connection to PostgreSQL");
  pollfd wanted[2] = {{PQsocket(connection_), POLLIN, 0}, {wake_fd, POLLIN, 0}};
  ::poll(wanted, wake_fd < 0 ? 1 : 2, static_cast<int>(time.count()));
  if (PQconsumeInput(connection_) == 0) fail_connection("the connection to PostgreSQL is lost");
  while (PGnotify* notification = PQnotifies(connection_)) {
    const bool is_own = notification->be_pid == PQbackendPID(connection_);
    const std::string channel = notification->relname;
    PQfreemem(notification);
    if (!is_own) take(channel);
  }
}

} // namespace postbackd::postgresql
