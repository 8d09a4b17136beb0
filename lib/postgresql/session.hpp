#pragma once

#include <cstdint>
#include <functional>
#include <libpq-fe.h>
#include <memory>
#include <string>
#include <vector>

#include "postgresql/options.hpp"
#include "sql/database.hpp"

namespace postbackd::postgresql
{

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

// Values of a statement, as libpq takes them. A null pointer is NULL.
struct Values {
  std::vector<const char*> data;
  std::vector<int> lengths;
  std::vector<int> formats; // 1: binary
};

// A connection to a server, in pipeline mode: commands are sent without waiting for the answers of those
// before. Each wait has a deadline; whoever misses it closes the connection, because nothing else is known of
// what was sent. Throws sql::Failure. One thread.
class Session
{
public:
  explicit Session(const ConnectionOptions& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const ConnectionOptions& options() const { return options_; }
  // Counts the connections: what was prepared on an earlier one is gone.
  std::uint64_t number() const { return number_; }
  bool is_lost() const { return connection_ == nullptr; }
  // Connects again. Throws Failure if it cannot.
  void connect();
  void close() noexcept;

  // Send a command. What went wrong with it is said by the next finish().
  void send(const std::string& name, const Values& values);
  void send_prepare(const std::string& name, const std::string& sql);
  void send_describe(const std::string& name);
  // Waits for the answers to all that was sent, and returns the last one. Throws what failed first; so it
  // does if a commit was cut short in its wait for a standby, which PostgreSQL calls a success.
  ResultPtr finish();
  bool has_unfinished() const { return unfinished_ > 0; }

  // Runs statements without values, outside the pipeline.
  void run(const std::string& sql);
  // Throws away what is unfinished, so that a transaction can be rolled back.
  void forget() noexcept;

  // Returns whether a transaction is open or has failed.
  bool in_transaction() const;
  // Waits until the server has something to say, or the time is over. Calls take(channel) for each
  // notification.
  void wait_for_notifications(std::chrono::milliseconds time,
                              const std::function<void(const std::string& channel)>& take, int wake_fd);

private:
  using Clock = std::chrono::steady_clock;

  void greet();
  void note(const PGresult* notice);
  void wait(bool to_write, Clock::time_point deadline);
  void flush(Clock::time_point deadline);
  ResultPtr next_result(Clock::time_point deadline);
  [[noreturn]] void fail_connection(const std::string& what);
  [[noreturn]] void miss_deadline();

  ConnectionOptions options_;
  PGconn* connection_ = nullptr;
  std::uint64_t number_ = 0;
  int unfinished_ = 0;
  bool is_on_standby_ = true; // what was committed since the last finish()
};

} // namespace postbackd::postgresql
