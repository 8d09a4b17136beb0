#pragma once

#include <functional>

#include "sql/writer.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/wal_index.hpp"

namespace postbackd::sqlite
{

// The writing connection of a store, for its commit queue. Looks at its files before anybody is told that
// something is kept, and once a second.
class GroupWriter final : public sql::Writer
{
public:
  struct Options {
    // Called after a group that has written is on disk and its callers know, with the WAL's size in pages.
    std::function<void(int wal_pages)> after_commit{};
    // Called once a second while there is nothing to write.
    std::function<void()> while_idle{};
  };

  explicit GroupWriter(Connection& connection) : GroupWriter(connection, Options()) {}
  GroupWriter(Connection& connection, Options options);
  ~GroupWriter() override;

  sql::Database& database() override { return connection_.database(); }
  std::optional<base::Error> begin() override;
  void commit() override;
  void roll_back() noexcept override;
  std::optional<base::Error> fatal() override { return connection_.failures().fatal(); }
  base::Error note(base::Error error) override { return connection_.failures().note(std::move(error)); }
  void after_group() override;
  void look() override;

private:
  void look_at_files();

  Connection& connection_;
  WalIndex wal_index_;
  Options options_;
  int wal_pages_ = 0; // of the newest group, if it has written
};

} // namespace postbackd::sqlite
