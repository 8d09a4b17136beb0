#include <boost/test/unit_test.hpp>

#include "api/feed_reader.hpp"
#include "base/error.hpp"
#include "base/spawn.hpp"

using namespace std::chrono_literals;

namespace postbackd::api
{
namespace
{

template<class Value>
using Answer = boost::asio::awaitable<base::Result<Value>>;

// Only its events are read here. The first reads of the newest event fail, as many as `failures` says.
class FailingStore final : public store::QueryStore
{
public:
  int failures = 0;
  int reads = 0;
  std::int64_t erasures = 0;
  std::vector<model::Event> kept;

  Answer<store::Enqueued> register_query(const model::Query&, base::TimePoint) override { throw unused(); }
  Answer<store::Enqueued> enqueue(const model::Submission&, const std::string&, base::TimePoint) override
  {
    throw unused();
  }
  Answer<std::vector<store::Enqueued>> enter(const std::vector<Order>&, const std::string&,
                                             base::TimePoint) override
  {
    throw unused();
  }
  Answer<void> end_filling(const std::string&, const std::set<std::string>&) override { throw unused(); }
  Answer<bool> close(const store::VisibleQuery&, bool, const std::string&, base::TimePoint) override
  {
    throw unused();
  }
  std::vector<std::int64_t> closable_rows(const store::QueriesToClose&) override { throw unused(); }
  std::int64_t close_rows(const store::QueriesToClose&, const std::string&, base::TimePoint) override
  {
    throw unused();
  }
  void erase(const store::VisibleQuery&, base::TimePoint) override {}
  Answer<void> note_access(const Access&, base::TimePoint) override { throw unused(); }
  std::optional<store::QueryRecord> read_row(std::int64_t) override { return {}; }
  store::Story read_story(const std::string&, bool, std::size_t) override { return {}; }
  std::optional<store::QueryRecord> read(const model::QueryName&) override { throw unused(); }
  std::vector<store::QueryRecord> read_list(const store::QuerySelection&, std::size_t) override
  {
    throw unused();
  }

  std::vector<store::GroupRecord> groups(const store::Viewer&, std::int64_t, std::size_t) override
  {
    throw unused();
  }
  std::optional<store::GroupRecord> group(const store::Viewer&, const std::string&,
                                          const std::string&) override
  {
    throw unused();
  }
  std::vector<store::UsageRecord> usage(const store::Viewer&, const store::UsageFilter&) override
  {
    throw unused();
  }
  bool has_result(const store::VisibleQuery&, model::Receipt) override { throw unused(); }
  StoredBody body(model::Receipt, bool) override { throw unused(); }
  std::vector<std::optional<std::string>> small_results(const std::vector<model::Receipt>&, std::size_t,
                                                        std::size_t) override
  {
    throw unused();
  }
  std::string piece(std::int64_t, std::int64_t) override { throw unused(); }
  std::vector<model::Event> events_after(std::int64_t event, std::size_t) override
  {
    std::vector<model::Event> found;
    for (const auto& each : kept)
      if (each.id > event) found.push_back(each);
    return found;
  }
  std::vector<model::Event> events(const std::vector<std::int64_t>&) override { return {}; }
  std::optional<std::int64_t> parted_at(std::int64_t) override { return std::nullopt; }
  Newest newest() override
  {
    if (reads++ < failures) throw base::Failure(base::Errc::unavailable, "the disk is full");
    return {kept.empty() ? 0 : kept.back().id, erasures};
  }

private:
  static std::logic_error unused() { return std::logic_error("not of the feed"); }
};

model::Event event_of(std::int64_t id, const std::string& client)
{
  model::Event event;
  event.id = id;
  event.client = client;
  event.own_id = "q-" + std::to_string(id);
  return event;
}

// Returns when the first events have come, and stops the feed.
boost::asio::awaitable<void> follow(Feed& feed, std::size_t& given, FeedFilter filter = {})
{
  const auto client = std::make_shared<Client>();
  client->name = "a";
  FeedReader reader(feed, *client, nullptr, std::move(filter));
  const FeedPage page = co_await reader.read(0, 10, Feed::Clock::now() + 30s);
  given = page.items.size();
  feed.stop();
}

// What the feed gives before and after an erasure; the second time from where the memory would know it.
struct Given {
  std::string before;
  std::string after;
};
boost::asio::awaitable<void> follow_an_erasure(Feed& feed, FailingStore& store, Given& given)
{
  const auto client = std::make_shared<Client>();
  client->name = "a";
  FeedReader reader(feed, *client, nullptr, {});
  const FeedPage first = co_await reader.read(0, 10, Feed::Clock::now() + 30s);
  given.before = first.items.at(0)->json();
  store.kept.front().label.clear();
  ++store.erasures;
  co_await reader.read(first.next, 10, Feed::Clock::now() + 1s); // somebody waits; four looks at the store
  const FeedPage again = co_await reader.read(0, 10, Feed::Clock::now() + 30s);
  given.after = again.items.at(0)->json();
  feed.stop();
}

BOOST_AUTO_TEST_SUITE(the_feed)

BOOST_AUTO_TEST_CASE(it_forgets_what_was_erased)
{
  boost::asio::io_context io;
  FailingStore store;
  Feed feed(io, store, io.get_executor());
  Given given;
  feed.start();
  base::spawn(io.get_executor(), "follower", follow_an_erasure(feed, store, given));
  const auto end = Feed::Clock::now() + 10s;
  while (store.reads == 0 && Feed::Clock::now() < end)
    io.run_one_for(1s);
  store.kept.push_back(event_of(1, "a"));
  store.kept.front().label = "Maria";
  io.run_for(10s);
  BOOST_TEST(given.before.find("Maria") != std::string::npos, given.before);
  BOOST_TEST(given.after.find("Maria") == std::string::npos, given.after);
  BOOST_TEST(given.after.find("q-1") != std::string::npos, given.after);
}

BOOST_AUTO_TEST_CASE(reads_that_fail_do_not_silence_it)
{
  boost::asio::io_context io;
  FailingStore store;
  store.failures = 2;
  Feed feed(io, store, io.get_executor());
  std::size_t given = 0;
  feed.start();
  base::spawn(io.get_executor(), "follower", follow(feed, given));
  const auto end = Feed::Clock::now() + 10s;
  while (store.reads <= store.failures && Feed::Clock::now() < end)
    io.run_one_for(1s);
  store.kept.push_back(event_of(1, "a")); // another program's: nobody tells of it
  io.run_for(10s);
  BOOST_TEST(given == 1U);
}

// The first events are of others' labels; what he wants comes later.
BOOST_AUTO_TEST_CASE(a_follower_waits_on_past_what_he_does_not_want)
{
  boost::asio::io_context io;
  FailingStore store;
  Feed feed(io, store, io.get_executor());
  std::size_t given = 0;
  feed.start();
  FeedFilter filter;
  filter.label = "wanted";
  base::spawn(io.get_executor(), "follower", follow(feed, given, filter));
  const auto run_until = [&](const std::function<bool()>& condition) {
    const auto end = Feed::Clock::now() + 10s;
    while (!condition() && Feed::Clock::now() < end)
      io.run_one_for(1s);
  };
  for (const char* label : {"other", "another", "wanted"}) {
    const int reads = store.reads;
    run_until([&] { return store.reads > reads + 1; });
    store.kept.push_back(event_of(static_cast<std::int64_t>(store.kept.size()) + 1, "a"));
    store.kept.back().label = label;
  }
  run_until([&] { return feed.stopping(); });
  BOOST_TEST(given == 1U);
}

BOOST_AUTO_TEST_CASE(nobody_misses_news_however_many_clients_have_had_some)
{
  FeedMemory memory(3);
  for (std::int64_t id = 1; id <= 100; ++id) {
    memory.add(std::make_shared<FeedItem>(event_of(id, "client " + std::to_string(id))));
    BOOST_TEST(memory.client_count() <= 4U);
    for (std::int64_t other = 1; other <= id; ++other)
      BOOST_TEST(memory.has_news(other - 1, "client " + std::to_string(other)));
    BOOST_TEST(!memory.has_news(id, "client 1"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace postbackd::api
