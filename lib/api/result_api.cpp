#include "api/result_api.hpp"

#include <fmt/format.h>

#include "api/endpoint.hpp"
#include "api/parameters.hpp"
#include "api/problem.hpp"
#include "http/conditions.hpp"
#include "text/content_coding.hpp"

namespace postbackd::api
{
namespace
{

using Answer = boost::asio::awaitable<http::Response>;

// Below it, compressing gains nothing.
constexpr std::uint64_t least_compressed = 1'024;

// A query has at most one result, so its receipt is the version of it.
std::string etag_of(model::Receipt receipt, std::string_view form)
{
  return fmt::format("\"{}{}\"", receipt, form);
}

http::Response no_result_of(const store::QueryRecord& query)
{
  const std::string_view state = model::to_text(query.state);
  // The message of a lost one is of its submission, which was in order.
  const std::string& why =
      query.reason.empty() && query.state == model::QueryState::failed ? query.message : query.reason;
  ProblemMembers more{{"state", fmt::format("\"{}\"", state)}};
  if (query.code && query.state == model::QueryState::failed)
    more.emplace_back("code", std::to_string(*query.code));
  return problem(410,
                 fmt::format("there will be no result: it is {}{}{}", state, why.empty() ? "" : ": ", why),
                 {}, more);
}

} // namespace

void ResultApi::add_to(http::Settings& settings, const std::shared_ptr<const Access>& access)
{
  settings.add(
      "GET", "/v1/queries/{id}/result",
      std::make_unique<ApiEndpoint>(access, Scope::reading, std::bind_front(&ResultApi::result, this)));
  settings.add(
      "GET", "/v1/queries/{id}/body",
      std::make_unique<ApiEndpoint>(access, Scope::reading, std::bind_front(&ResultApi::body, this)));
}

Answer ResultApi::result(http::Request request, Client& client)
{
  const ClientQueries::Query query = co_await dependencies_.queries.find_and_wait(request, client, true);
  if (!query) co_return unknown_query();
  if ((*query)->erased_at) co_return problem(410, "it was erased on request");
  if ((*query)->receipt) {
    store::QueryRecord found = **query;
    const std::int64_t receipt =
        Parameters(request.head.query, {"wait", "receipt"}).number("receipt", 1, INT64_MAX, 0);
    if (receipt != 0) {
      std::function<bool()> read = [&] { return dependencies_.store.has_result(*query, receipt); };
      const bool has_it = co_await dependencies_.turns.run(client, request.caller, std::move(read));
      if (!has_it) co_return problem(404, "the query has no such result", "receipt");
      found.receipt = receipt;
    }
    std::vector<std::string> noted{(*query)->id()};
    co_await dependencies_.queries.note(client, "result", std::move(noted));
    co_return co_await document_of(std::move(found), false, request, client);
  }
  if (waits(**query)) {
    http::Response response = describe(**query, 202);
    response.retry_after = std::chrono::seconds(5);
    co_return response;
  }
  co_return no_result_of(**query);
}

Answer ResultApi::body(http::Request request, Client& client)
{
  std::string id = path_text(request.head.parameters.front());
  const ClientQueries::Query query = co_await dependencies_.queries.find(std::move(id), client);
  if (!query) co_return unknown_query();
  if ((*query)->erased_at) co_return problem(410, "it was erased on request");
  if (!(*query)->receipt) co_return problem(404, "it has no result");
  store::QueryRecord found = **query;
  std::vector<std::string> noted{(*query)->id()};
  co_await dependencies_.queries.note(client, "body", std::move(noted));
  co_return co_await document_of(std::move(found), true, request, client);
}

Answer ResultApi::document_of(store::QueryRecord query, bool as_it_came, const http::Request& request,
                              Client& client)
{
  const model::Receipt receipt = *query.receipt;
  const std::string plain = etag_of(receipt, as_it_came ? "-body" : "");
  const std::string compressed = etag_of(receipt, "-gzip");
  const bool may_compress = !as_it_came && http::accepts_gzip(request.head);
  http::Response response;
  std::string etag = plain;
  std::function<store::QueryStore::StoredBody()> read = [&] {
    store::QueryStore::StoredBody stored = dependencies_.store.body(receipt, as_it_came);
    const bool compress = may_compress && !stored.pieces && stored.size >= least_compressed;
    if (compress) etag = compressed;
    if (http::has_version(request.head, etag)) response.status = 304;
    if (compress && response.status == 200)
      stored.bytes = text::gzip(base::Blob(std::move(stored.bytes))).bytes();
    return stored;
  };
  store::QueryStore::StoredBody stored =
      co_await dependencies_.turns.run(client, request.caller, std::move(read));
  response.fields = {"ETag: " + etag, fmt::format("Postback-Receipt: {}", receipt), "Vary: Accept-Encoding"};
  if (response.status == 304) co_return response;
  if (etag == compressed) response.fields.emplace_back("Content-Encoding: gzip");
  if (as_it_came) response.content_type = "application/octet-stream";
  if (stored.pieces) {
    response.held = client.downloads.take();
    if (!response.held) co_return problem(429, "the client takes too many large results at the same time");
    response.stream = pieces_of(*stored.pieces, request.caller, client);
    response.stream_size = stored.size;
  } else {
    response.body = std::move(stored.bytes);
  }
  co_return response;
}

// One piece is read when the one before has been taken: a client that is slow costs no more than that.
http::Stream ResultApi::pieces_of(std::int64_t pieces, const http::Caller* caller, Client& client)
{
  return [this, pieces, caller, client = client.shared_from_this(),
          part = std::int64_t{0}]() mutable -> boost::asio::awaitable<std::string> {
    if (*client->revoked) throw base::Failure(base::Errc::unavailable, "the client has lost a right");
    std::function<std::string()> read = [this, pieces, at = part++] {
      return dependencies_.store.piece(pieces, at);
    };
    return dependencies_.turns.run(*client, caller, std::move(read));
  };
}

} // namespace postbackd::api
