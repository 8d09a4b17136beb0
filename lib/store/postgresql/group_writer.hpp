#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "postgresql/database.hpp"
#include "sql/writer.hpp"

namespace postbackd::store::postgresql
{

// The writing connection of a receiver. Each group has a number, which its transaction writes into a row of
// the receiver's own: if the connection is lost during a commit, the row says on another connection whether
// the group is in the database. If nobody can say so in time, its callers are told that it is not; should it
// be nevertheless, what it has claimed is given back by the next group that commits, and what it has kept is
// found by its digest.
class GroupWriter final : public sql::Writer
{
public:
  using OnFatal = std::function<void(const base::Error&)>;

  // `on_fatal` is called once, on the writer's thread: the store has moved.
  GroupWriter(const postbackd::postgresql::ConnectionOptions& options, std::string process,
              OnFatal on_fatal = {});

  sql::Database& database() override { return database_; }
  std::optional<base::Error> begin() override;
  void commit() override;
  void roll_back() noexcept override { database_.roll_back(); }
  std::optional<base::Error> fatal() override;
  base::Error note(base::Error error) override;
  void look() override;

  // Engine::claim_name.
  std::string claim_name() const { return name_ + "/" + std::to_string(group_); }

private:
  bool has_committed();
  void give_back(const std::string& claimed);

  postbackd::postgresql::Database database_;
  std::string name_; // of this receiver, for its row
  OnFatal on_fatal_;
  std::mutex mutex_; // guards fatal_
  std::optional<base::Error> fatal_;
  std::int64_t group_ = 0;
  std::vector<std::string>
      unknown_; // claim names of groups that are perhaps in the database, until one commits
};

} // namespace postbackd::store::postgresql
