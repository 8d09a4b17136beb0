#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <functional>

#include "base/clock.hpp"
#include "http/server_state.hpp"
#include "store/delivery_store.hpp"
#include "store/submission_store.hpp"

namespace postbackd::admin
{

// Submissions for applications in any language (docs/openapi.yaml). For a Unix socket only: everybody who can
// connect may submit at the account's cost and read results.
//   POST /v1/queries              queues a submission
//   GET /v1/queries/{id}          its state; the id is the one that POST returned, or a QueryId
//   GET /v1/queries/{id}/result   the document
class QueryApi
{
public:
  // All references must outlive the API.
  struct Dependencies {
    store::SubmissionStore& submissions;
    store::DeliveryStore& documents;
    base::Spool& spool;
    const base::Clock& clock;
    boost::asio::any_io_executor background;
    std::string route;             // of submissions; empty: the platform is not configured
    std::chrono::seconds deadline; // of submissions without one
    std::function<void()> on_queued;
  };
  explicit QueryApi(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  // Puts its endpoints into the settings; the API must outlive them.
  void add_to(http::Settings& settings);

private:
  boost::asio::awaitable<http::Response> submit(http::Request request);
  boost::asio::awaitable<http::Response> show(http::Request request);
  boost::asio::awaitable<http::Response> result(http::Request request);

  boost::asio::awaitable<http::Response> enqueue(model::Submission submission);
  http::Response queue(const model::Submission& submission);
  http::Response describe(const std::string& id);
  http::Response document_of(const std::string& id);

  Dependencies dependencies_;
};

} // namespace postbackd::admin
