#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <set>

#include "store/query_store.hpp"

namespace postbackd::api
{

// The newest events, in memory: one look at the store serves everybody who waits. Runs on one thread, except
// wake().
class Feed
{
public:
  using Clock = std::chrono::steady_clock;

  class Item
  {
  public:
    explicit Item(model::Event given) : event(std::move(given)) {}

    // Made when somebody first asks for it.
    const std::string& json() const;

    const model::Event event;

  private:
    mutable std::string json_;
  };
  using Items = std::vector<std::shared_ptr<const Item>>;

  // The store must outlive it. Reads run on `background`. Keeps up to `most` events.
  Feed(boost::asio::io_context& io, store::QueryStore& store, boost::asio::any_io_executor background,
       std::size_t most = 10'000);

  void start();
  // Ends all waits.
  void stop();

  // Events may have been added. Any thread; cheap while nobody waits.
  void wake();

  // Returns up to `most` events after `after` of this client (empty: of all), in order; waits for the first
  // one until `until`. `next` is where to go on. Throws base::Failure when the store cannot be read.
  struct Page {
    Items items;
    std::int64_t next = 0;
  };
  boost::asio::awaitable<Page> read(std::int64_t after, std::size_t most, std::string client,
                                    Clock::time_point until);

  // Returns when an event after `after` that ends this query has come, at the latest at `until`; perhaps
  // earlier. Take position() before the query is read, so that no end is missed.
  boost::asio::awaitable<void> wait_for_end(std::string id, std::int64_t after, Clock::time_point until);
  std::int64_t position() const { return last_; }
  bool stopping() const { return stopping_; }

  // Returns the newest event's number.
  boost::asio::awaitable<std::int64_t> last();

private:
  using Timer = boost::asio::steady_timer;

  boost::asio::awaitable<void> poll();
  boost::asio::awaitable<void> look();
  boost::asio::awaitable<void> look_until_done();
  boost::asio::awaitable<void> wait_for_news(Clock::time_point until);
  boost::asio::awaitable<Items> read_store(std::int64_t after);
  bool has_ended(const std::string& id, std::int64_t after) const;
  Page read_memory(std::int64_t after, std::size_t most, const std::string& client) const;
  void add(const model::Event& event);
  void tell_all();

  boost::asio::io_context& io_;
  store::QueryStore& store_;
  boost::asio::any_io_executor background_;
  const std::size_t most_;
  Timer poll_timer_;
  Timer look_timer_;
  Clock::time_point looked_{};                    // when the last look began
  std::deque<std::shared_ptr<const Item>> items_; // all events after begin_, up to last_
  std::int64_t begin_ = 0;
  std::int64_t last_ = 0;
  bool known_ = false;   // last_ has been read
  bool current_ = false; // items_ are the newest: wake() has been heard since the last look
  bool looking_ = false;
  bool look_again_ = false;
  bool stopping_ = false;
  std::set<Timer*> followers_;
  std::multimap<std::string, Timer*> ends_; // by id
  std::atomic<std::size_t> waiting_ = 0;    // both together
  std::atomic<bool> woken_ = false;
};

} // namespace postbackd::api
