#pragma once

#include <functional>
#include <string>

#include "api/client.hpp"
#include "api/turns.hpp"
#include "base/clock.hpp"
#include "http/server_state.hpp"
#include "store/watch_store.hpp"

namespace postbackd::api
{

// What an operator looks at (docs/api.md), for clients that see all. Runs on one thread.
//   GET /v1/status    the state of the process and its problems: docs/openapi.yaml, `Status`
//   GET /v1/history   what came, was refused and was handed over: of an hour, a day, or 30 days
//   GET /v1/alerts    what somebody should look at, or should have, the newest first
//   GET /v1/refusals  who was refused, and how often
//   GET /v1/report    what became of the queries of a day
//   GET /v1/fanbase   the objects of the Fanbase queue with their states, the newest first
//   GET /v1/audit     who read and erased what, the newest first; for the scope operate
//   GET /v1/log       the last lines of the log, the newest first; for the scope operate
class WatchApi
{
public:
  // All references must outlive the API. Both functions block, and throw base::Failure.
  struct Dependencies {
    store::WatchStore& store;
    const base::Clock& clock;
    Turns& turns;
    std::function<std::string()> status;                      // JSON
    std::function<std::string(std::chrono::seconds)> history; // JSON of the last hour or day
  };
  explicit WatchApi(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  // Puts its endpoints into the settings, which it must outlive.
  void add_to(http::Settings& settings, const std::shared_ptr<const Access>& access);

private:
  using Answer = boost::asio::awaitable<http::Response>;

  Answer status(http::Request request, Client& client);
  Answer history(http::Request request, Client& client);
  Answer alerts(http::Request request, Client& client);
  Answer refusals(http::Request request, Client& client);
  Answer report(http::Request request, Client& client);
  Answer objects(http::Request request, Client& client);
  Answer audit(http::Request request, Client& client);
  Answer log(http::Request request, Client& client);
  // A page of one of the store's lists, the newest first.
  template<class Record>
  Answer page(const http::Request& request, const Client& client, const char* name,
              std::vector<Record> (store::WatchStore::*read)(std::int64_t, std::size_t));
  // Runs it in the client's turn, and answers with its JSON.
  Answer answer(std::function<std::string()> read, const http::Caller* caller, const Client& client);

  Dependencies dependencies_;
};

} // namespace postbackd::api
