#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <future>

#include "store/bodies.hpp"
#include "store/open.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

// What every engine must do, written against store::Store and store::OperatorStore alone.
namespace postbackd::test::contract
{

// Two correlations.
inline const std::string c_1 = std::string(31, 'c') + "1";
inline const std::string c_2 = std::string(31, 'c') + "2";

// Defined once for each engine (sqlite_engine.cpp).
store::StoreOptions engine_options(const TemporaryDirectory& directory);
// Whether several processes may receive into one store.
bool is_for_several_receivers();

// A store in a folder of its own, with the daemon's side, the operator's side, and a clock that stands still.
struct Contract {
  TemporaryDirectory directory;
  ManualClock clock;
  store::StoreOptions options = engine_options(directory);
  boost::asio::io_context io;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<store::OperatorStore> operators;

  Contract() { open(); }

  void open()
  {
    operators.reset();
    store.reset();
    store = store::open(options);
    operators = store::open_operator(options, options.busy_timeout, store::Access::write);
  }

  template<class T>
  T run(boost::asio::awaitable<T> task)
  {
    auto future = boost::asio::co_spawn(io, std::move(task), boost::asio::use_future);
    io.restart();
    io.run();
    return future.get();
  }
  std::vector<model::Kept> keep_all(const std::vector<model::Postback>& postbacks)
  {
    return keep_all(postbacks, *store);
  }
  std::vector<model::Kept> keep_all(const std::vector<model::Postback>& postbacks, store::Store& receiver)
  {
    std::vector<std::future<base::Result<model::Kept>>> futures;
    for (const model::Postback& postback : postbacks)
      futures.push_back(boost::asio::co_spawn(io, receiver.postbacks().keep(postback, clock.now()),
                                              boost::asio::use_future));
    io.restart();
    io.run();
    std::vector<model::Kept> kept;
    for (auto& future : futures)
      kept.push_back(future.get().value());
    return kept;
  }
  model::Kept keep(const std::string& body, const std::string& correlation = {})
  {
    return keep_all({postback(body, correlation)}).front();
  }
  model::Postback postback(const std::string& body, const std::string& correlation = {}) const
  {
    model::Postback postback = postback_of(body, clock.now());
    if (!correlation.empty()) postback.correlation = correlation;
    return postback;
  }

  // Registers a QueryId, a correlation, or both together.
  bool registers(const std::string& query_id, const std::string& correlation = {}, model::Query query = {})
  {
    if (!query_id.empty()) query.query_id = query_id;
    if (!correlation.empty()) query.correlation = correlation;
    return operators->register_query(query, clock.now()).is_new;
  }
  model::QueryState state(const std::string& id)
  {
    const auto query = operators->find(id);
    BOOST_REQUIRE_MESSAGE(query, "there is no query " << id);
    return query->state;
  }
  // `result notice …` in the order of their receipts.
  std::string kinds(const std::string& id)
  {
    std::string text;
    for (const store::PostbackRecord& postback : operators->story(id).postbacks)
      text += (text.empty() ? "" : " ") + std::string(model::to_text(postback.kind)) +
              (postback.repeats > 0 ? "+" + std::to_string(postback.repeats) : "");
    return text;
  }
  // `notice result …` in their order; of all queries without an id.
  std::string events(const std::string& query_id = {})
  {
    std::string text;
    for (const model::Event& event : store->deliveries().events_after(0, 100'000))
      if (query_id.empty() || event.query_id == query_id)
        text += (text.empty() ? "" : " ") + std::string(model::to_text(event.kind));
    return text;
  }
  std::int64_t mark_overdue() { return store->upkeep().mark_overdue(clock.now()).value(); }
};

} // namespace postbackd::test::contract
