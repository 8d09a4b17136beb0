#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "api/feed_memory.hpp"
#include "store/postback_store.hpp"
#include "store/query_store.hpp"

namespace postbackd::api
{

// The newest events, in memory, for all who wait. The commits of this process tell it their events; it looks
// at the store for those of other programs and of triggers, once for everybody. Runs on one thread, except
// note().
class Feed
{
public:
  using Clock = std::chrono::steady_clock;
  using Page = FeedPage;

  // The store must outlive it. Reads run on `background`. Keeps up to `most` events.
  Feed(boost::asio::io_context& io, store::QueryStore& store, boost::asio::any_io_executor background,
       std::size_t most = 10'000);

  void start();
  // Ends all waits.
  void stop();

  // This has been committed. Any thread; cheap while nobody waits.
  void note(const store::CommitGroup& group);

  // Returns up to `most` events after `after` of this client (empty: of all), in order; waits for the first
  // one until `until`. Throws base::Failure when the store cannot be read.
  boost::asio::awaitable<Page> read(std::int64_t after, std::size_t most, std::string client,
                                    Clock::time_point until);

  // Returns when an event after `after` that ends this query has come, at the latest at `until`; perhaps
  // earlier. Take position() before the query is read, so that no end is missed.
  boost::asio::awaitable<void> wait_for_end(std::string id, std::int64_t after, Clock::time_point until);
  std::int64_t position() const { return memory_.last(); }
  bool stopping() const { return stopping_; }

  // Returns the newest event's number.
  boost::asio::awaitable<std::int64_t> last();

private:
  using Timer = boost::asio::steady_timer;

  boost::asio::awaitable<void> poll();
  void wake();
  boost::asio::awaitable<void> look_until_done();
  boost::asio::awaitable<void> look();
  bool take_noted();
  boost::asio::awaitable<void> look_at_store();
  boost::asio::awaitable<void> wait_for_news(std::string client, Clock::time_point until);
  boost::asio::awaitable<FeedItems> read_store(std::int64_t after);
  boost::asio::awaitable<void> load(Page& page);
  void add(std::shared_ptr<FeedItem> item);
  void count_in();
  // Wakes the followers whose client has got events since the last call.
  void tell_followers();
  void tell_all();

  boost::asio::io_context& io_;
  store::QueryStore& store_;
  boost::asio::any_io_executor background_;
  const std::size_t most_;
  Timer poll_timer_;
  Timer look_timer_;
  Clock::time_point looked_{}; // when the last look began
  FeedMemory memory_;
  bool known_ = false;   // the newest event has been read once
  bool current_ = false; // the memory has the newest: commits have been heard since the last look
  bool looking_ = false;
  bool look_again_ = false;
  bool stopping_ = false;
  std::multimap<std::string, Timer*> followers_; // by client; empty: who sees all
  std::set<std::string> news_;                   // clients of the events since tell_followers()
  std::multimap<std::string, Timer*> ends_;      // by id
  std::atomic<std::size_t> waiting_ = 0;         // both together
  std::atomic<bool> woken_ = false;
  std::mutex mutex_;                    // of the next two
  std::vector<model::EventNote> noted_; // since the last look
  bool must_look_ = false;              // there may be others
};

} // namespace postbackd::api
