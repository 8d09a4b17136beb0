#pragma once

#include <functional>

#include "sql/commit_queue.hpp"
#include "sql/reader.hpp"
#include "store/fanbase_store.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

// The Fanbase side. Writes share the commits of postbacks; reads have a connection of
// their own.
class TableFanbaseStore final : public FanbaseStore
{
public:
  using HasRoom = std::function<base::Result<void>(std::uint64_t bytes)>;

  // `has_room` is called before anything is accepted; if absent, there is always room.
  TableFanbaseStore(Engine& engine, sql::Database& writer, CommitQueue& queue, HasRoom has_room);

  std::vector<AccessToken> tokens(base::TimePoint now) override;
  boost::asio::awaitable<base::Result<void>> keep_token(const AccessToken& token,
                                                        base::TimePoint now) override;
  boost::asio::awaitable<base::Result<QueueObject>> enqueue(const QueueObject& object,
                                                            const std::optional<ObjectSubmission>& submission,
                                                            base::TimePoint now) override;
  std::optional<QueueObject> find(const std::string& client, const std::string& id) override;
  boost::asio::awaitable<base::Result<AppOutcome>> keep_user(const AppUser& user, bool any_document,
                                                             base::TimePoint now) override;
  boost::asio::awaitable<base::Result<AppOutcome>> keep_event(const AppEvent& event,
                                                              base::TimePoint now) override;
  std::size_t advance_objects(bool has_handlers, base::TimePoint now) override;
  std::optional<std::string> remote_id(const std::string& key) override;
  void keep_remote_id(const std::string& key, const std::string& id, base::TimePoint now) override;

private:
  base::Result<void> check_room() const;

  sql::Database& writer_;
  CommitQueue& queue_;
  HasRoom has_room_;
  Reader reader_;
  Reader steps_reader_; // this and the next: for advance_objects()
  std::int64_t last_step_ = 0;
};

} // namespace postbackd::store::tables
