#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <functional>

#include "base/clock.hpp"
#include "http/server.hpp"
#include "store/delivery_store.hpp"
#include "store/question_store.hpp"

namespace postbackd::admin
{

// Questions for applications in any language (docs/openapi.yaml). For a Unix socket only: whoever may connect
// may ask at the account's cost and read results.
//   POST /v1/queries              queues a question
//   GET /v1/queries/{id}          what became of it; the id is the one that POST gave, or a QueryId
//   GET /v1/queries/{id}/result   the document
class QueryApi
{
public:
  // What it refers to must outlive the API.
  struct Surroundings {
    store::QuestionStore& questions;
    store::DeliveryStore& documents;
    base::Spool& spool;
    const base::Clock& clock;
    boost::asio::any_io_executor background;
    std::string route;             // of questions; empty: the platform is not configured
    std::chrono::seconds deadline; // of questions without one
    std::function<void()> on_queued;
  };
  explicit QueryApi(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}

  // Puts its endpoints into the settings; the API must outlive them.
  void add_to(http::Settings& settings);

private:
  boost::asio::awaitable<http::Response> submit(http::Request request);
  boost::asio::awaitable<http::Response> show(http::Request request);
  boost::asio::awaitable<http::Response> result(http::Request request);

  http::Response queue(const model::Question& question);
  http::Response describe(const std::string& id);
  http::Response document_of(const std::string& id);

  Surroundings surroundings_;
};

} // namespace postbackd::admin
