#pragma once

#include "api/client_queries.hpp"
#include "http/server_state.hpp"
#include "store/query_store.hpp"

namespace postbackd::api
{

// The results of queries (docs/api.md, docs/openapi.yaml).
//   GET  /v1/queries/{id}/result   its document; ?wait=
//   GET  /v1/queries/{id}/body     the bytes as they came
class ResultApi
{
public:
  // All references must outlive the API.
  struct Dependencies {
    ClientQueries& queries;
    store::QueryStore& store;
    Turns& turns;
  };
  explicit ResultApi(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  // Puts its endpoints into the settings, which it must outlive.
  void add_to(http::Settings& settings, const std::shared_ptr<const Access>& access);

private:
  using Answer = boost::asio::awaitable<http::Response>;

  Answer result(http::Request request, Client& client);
  Answer body(http::Request request, Client& client);
  Answer document_of(store::QueryRecord query, bool as_it_came, const http::Request& request, Client& client);
  http::Stream pieces_of(std::int64_t pieces, const http::Caller* caller, Client& client);

  Dependencies dependencies_;
};

} // namespace postbackd::api
