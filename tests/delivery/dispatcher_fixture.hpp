#pragma once

#include <boost/test/unit_test.hpp>

#include "delivery/dispatcher.hpp"
#include "store/store_fixture.hpp"
#include "support/process.hpp"
#include "support/spool.hpp"

namespace postbackd::test
{

using namespace std::chrono_literals;
using delivery::Outcome;

// Returns scripted outcomes, and records its deliveries.
class Script final : public delivery::Handler
{
public:
  struct Notes {
    std::mutex mutex;
    std::vector<delivery::Delivery> given;
    std::function<Outcome(const delivery::Delivery&, const std::stop_token&)> answer =
        [](const auto&, const auto&) { return Outcome::done(); };
  };

  explicit Script(Notes& notes) : notes_(notes) {}

  Outcome handle(const delivery::Delivery& result, std::stop_token stop) override
  {
    {
      const std::lock_guard lock(notes_.mutex);
      notes_.given.push_back(result);
    }
    return notes_.answer(result, stop);
  }

private:
  Notes& notes_;
};

// A dispatcher over a real store, with scripted handlers and a manual clock.
struct DispatcherFixture : StoreFixture {
  DiskSpool spool;
  std::map<std::string, Script::Notes> notes;
  delivery::HandlerRegistry registry;
  std::vector<delivery::HandlerConfiguration> handlers;
  std::chrono::steady_clock::time_point ticks; // what paces routing; only a test moves it
  std::unique_ptr<delivery::Dispatcher> dispatcher;

  DispatcherFixture()
  {
    open();
    registry.add("script", [this](const delivery::HandlerOptions& given) {
      return std::make_unique<Script>(notes[given.name]);
    });
  }

  delivery::HandlerConfiguration& add(const std::string& name)
  {
    notes[name];
    delivery::HandlerConfiguration handler;
    handler.options.name = name;
    handler.options.kind = "script";
    handlers.push_back(handler);
    return handlers.back();
  }

  void dispatch()
  {
    dispatcher = make();
    dispatcher->open();
  }
  // Uses the store, or another one in front of it.
  std::unique_ptr<delivery::Dispatcher> make(store::DeliveryStore* deliveries = nullptr)
  {
    return std::make_unique<delivery::Dispatcher>(
        handlers, registry, deliveries ? *deliveries : store->deliveries(), spool.spool, clock,
        delivery::Dispatcher::Options{[] { return 0.5; }, {}, [this] { return ticks; }});
  }

  // Steps until nothing runs and nothing is due now.
  void settle()
  {
    BOOST_REQUIRE(eventually([this] {
      while (dispatcher->step()) {
      }
      return ask("SELECT count(*) FROM deliveries WHERE state = 'running'") == "0";
    }));
    while (dispatcher->step()) {
    }
  }

  void answered(const std::string& query_id, const std::string& value = "1")
  {
    tell("INSERT INTO queries (query_id, label, api, datasets) VALUES ('" + query_id +
         "', 'l', 'people', 'basic_data, phones')");
    BOOST_REQUIRE(keep(postback_of(result_of(query_id, value), clock.now())).has_value());
  }
  std::string states()
  {
    return ask("SELECT group_concat(handler || ' ' || query_id || ' ' || state, ', ') FROM (SELECT * FROM "
               "v_deliveries ORDER BY id)");
  }
};

} // namespace postbackd::test
