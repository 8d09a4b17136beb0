#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "api/feed_knowledge.hpp"
#include "api/feed_memory.hpp"
#include "api/feed_source.hpp"
#include "store/postback_store.hpp"

namespace postbackd::api
{

// A request that waits looks so often whether its client is still there.
constexpr std::chrono::seconds longest_absence{1};

// The newest events, in memory, for all who wait: followers of the feed (FeedReader) and requests that wait
// for the end of a query.
//
// The commits of this process tell it their events (note), and wake a look. A look adds what they told, and
// reads the store only if there may be other events: of triggers, of other programs, or of a time in which
// nobody waited. Four times a second it reads the store anyway, once for everybody. Then it wakes those whose
// client has got events. feed_knowledge.hpp decides what a look may believe. Runs on one thread, except
// note().
class Feed
{
public:
  using Clock = std::chrono::steady_clock;

  // The store must outlive it. Reads run on `background`. Keeps up to `most` events.
  Feed(boost::asio::io_context& io, store::QueryStore& store, boost::asio::any_io_executor background,
       std::size_t most = 10'000);

  void start();
  // Ends all waits.
  void stop();
  // Lets all who wait look again whether they still may.
  void wake_all() { tell_all(); }
  bool stopping() const { return stopping_; }

  // This has been committed. Any thread; cheap while nobody waits.
  void note(const store::CommitGroup& group);

  const FeedSource& source() const { return source_; }
  const FeedMemory& memory() const { return memory_; }
  bool is_current() const { return knowledge_ == Knowledge::current; }

  // Returns when this client (empty: one that sees all) may have got events, at the latest at `until`.
  boost::asio::awaitable<void> wait_for_news(std::string client, Clock::time_point until);
  // Returns true when an event after `after` that ends this query has come, perhaps earlier; false at
  // `until`. Take position() before the query is read, so that no end is missed.
  boost::asio::awaitable<bool> wait_for_end(std::string id, std::int64_t after, Clock::time_point until);
  std::int64_t position() const { return memory_.last(); }

private:
  using Timer = boost::asio::steady_timer;
  using Waiters = std::multimap<std::string, Timer*>;

  boost::asio::awaitable<void> poll();
  void wake();
  boost::asio::awaitable<void> look_until_done();
  boost::asio::awaitable<void> look();
  boost::asio::awaitable<void> look_at_store();
  boost::asio::awaitable<bool> wait(Waiters& waiters, std::string name, Clock::time_point until);
  NotedEvents noted();
  void add(std::shared_ptr<FeedItem> item);
  // Wakes the followers whose client has got events since the last call.
  void tell_followers();
  void tell_all();

  boost::asio::io_context& io_;
  FeedSource source_;
  const std::size_t most_;
  Timer poll_timer_;
  Timer look_timer_;
  Clock::time_point looked_{}; // when the last look began
  FeedMemory memory_;
  Knowledge knowledge_ = Knowledge::unknown;
  std::int64_t erasures_ = 0; // at the last look at the store
  enum class Looking { no, yes, and_once_more };
  Looking looking_ = Looking::no;
  bool stopping_ = false;
  Waiters followers_;                    // by client; empty: who sees all
  Waiters ends_;                         // by id
  std::set<std::string> news_;           // clients of the events since tell_followers()
  std::atomic<std::size_t> waiting_ = 0; // followers and ends
  std::atomic<bool> woken_ = false;
  std::mutex mutex_; // of noted_
  NotedEvents noted_;
};

} // namespace postbackd::api
