#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "base/clock.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/commit_queue.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/large_bodies.hpp"
#include "store/sqlite/postback_table.hpp"
#include "store/sqlite/retention.hpp"
#include "store/sqlite/sqlite_deliveries.hpp"
#include "store/sqlite/sqlite_fanbase.hpp"
#include "store/sqlite/sqlite_questions.hpp"
#include "store/store.hpp"

namespace postbackd::store::sqlite
{

// The store in one SQLite file (architecture, "The store, which users read").
class SqliteStore final : public PostbackStore
{
public:
  struct Options {
    ConnectionOptions connection;
    std::chrono::days look_back{30};     // how far repeats and strangers are searched
    std::chrono::seconds deadline{600};  // of a query registered without one
    std::size_t queue_jobs = 20'000;     // postbacks that may wait for the writer
    std::size_t queue_bytes = 512 << 20; // and their bytes
    std::function<void(const base::Error&)> on_fatal;
    const base::FreeSpace* free_space = nullptr; // for large bodies
    std::function<void(const Group&)> on_group;  // on the writer thread, after each commit
  };

  // Opens or makes the file. Throws base::Failure with a sentence for people.
  SqliteStore(Options options, const base::Clock& clock);

  boost::asio::awaitable<base::Result<model::Kept>> keep(const model::Postback& postback) override;
  boost::asio::awaitable<base::Result<std::int64_t>> remove_before(base::TimePoint time,
                                                                   const std::atomic<bool>& stop) override;
  boost::asio::awaitable<void> remove_leftovers() override;
  boost::asio::awaitable<base::Result<void>> probe() override;
  base::Result<Figures> figures() override;

  DeliveryStore& deliveries() { return deliveries_; }
  QuestionStore& questions() { return questions_; }
  FanbaseStore& fanbase() { return fanbase_; }

private:
  void mirror_settings(const Options& options);
  // Sets `pieces` when the bytes are not in memory.
  boost::asio::awaitable<base::Result<void>> keep_pieces(const base::Blob& bytes,
                                                         std::optional<LargeBodies::Pieces>& pieces);
  CommitQueue::Options queue_options(Options& options);

  std::filesystem::path path_;
  const base::Clock& clock_;
  Connection connection_;
  PostbackTable postbacks_;
  Checkpointer checkpointer_;
  CommitQueue queue_; // its thread uses those above
  LargeBodies large_bodies_;
  Retention retention_;
  std::mutex reader_mutex_;
  Connection reader_; // for figures
  SqliteDeliveries deliveries_;
  SqliteQuestions questions_;
  SqliteFanbase fanbase_;
};

} // namespace postbackd::store::sqlite
