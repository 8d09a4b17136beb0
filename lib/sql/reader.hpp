#pragma once

#include <memory>
#include <mutex>

#include "sql/statement.hpp"

namespace postbackd::sql
{

class Connection
{
public:
  virtual ~Connection() = default;

  virtual Database& database() = 0;
  // Connects again if the connection is lost. Returns whether it was, and is back; statements stay prepared.
  virtual bool renew() { return false; }
};

// A connection that reads, for one caller at a time. Thread-safe.
class Reader
{
public:
  explicit Reader(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  // Calls the function while it alone has the connection; a second time if the connection was lost. Throws
  // Failure.
  template<class Function>
  auto read(Function function)
  {
    const std::lock_guard lock(mutex_);
    try {
      return function();
    } catch (const Failure&) {
      if (!connection_->renew()) throw;
    }
    return function();
  }
  // The same, with the error as a value.
  template<class Function>
  auto try_read(Function function) -> base::Result<decltype(function())>
  {
    try {
      return read(std::move(function));
    } catch (const base::Failure& e) {
      return e.error();
    }
  }
  // To be used inside read(); statements may be prepared on it before.
  Database& database() { return connection_->database(); }

private:
  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;
};

} // namespace postbackd::sql
