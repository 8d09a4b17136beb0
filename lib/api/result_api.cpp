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

// Counts a large result until it has been sent: it has a copy on the disk. Throws BadRequest (429).
std::shared_ptr<void> take_download(const Client& client)
{
  if (*client.downloads >= client.most_downloads)
    throw BadRequest("the client takes too many large results at the same time", {}, 429);
  ++*client.downloads;
  return {nullptr, [count = client.downloads](void*) { --*count; }};
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
  const ClientQueries::Query query = co_await dependencies_.queries.find_and_wait(request, client);
  if (!query) co_return unknown_query();
  if ((*query)->erased_at) co_return problem(410, "it was erased on request");
  if ((*query)->receipt) {
    store::QueryRecord found = **query;
    std::string noted = (*query)->id();
    co_await dependencies_.queries.note(client, "result", std::move(noted));
    co_return co_await document_of(std::move(found), false, request, client);
  }
  if (waits(**query)) {
    http::Response response = describe(**query, 202);
    response.retry_after = std::chrono::seconds(5);
    co_return response;
  }
  const std::string& why = (*query)->reason.empty() ? (*query)->message : (*query)->reason;
  co_return problem(410, fmt::format("there will be no result: it is {}{}{}", model::to_text((*query)->state),
                                     why.empty() ? "" : ": ", why));
}

Answer ResultApi::body(http::Request request, Client& client)
{
  std::string id = path_text(request.head.parameters.front());
  const ClientQueries::Query query = co_await dependencies_.queries.find(std::move(id), client);
  if (!query) co_return unknown_query();
  if ((*query)->erased_at) co_return problem(410, "it was erased on request");
  if (!(*query)->receipt) co_return problem(404, "it has no result");
  store::QueryRecord found = **query;
  std::string noted = (*query)->id();
  co_await dependencies_.queries.note(client, "body", std::move(noted));
  co_return co_await document_of(std::move(found), true, request, client);
}

Answer ResultApi::document_of(store::QueryRecord query, bool as_it_came, const http::Request& request,
                              Client& client)
{
  // A query has at most one result, so its receipt is the version of it.
  const bool compress = !as_it_came && http::accepts_gzip(request.head);
  const std::string etag = fmt::format("\"{}{}\"", *query.receipt,
                                       as_it_came ? "-body"
                                       : compress ? "-gzip"
                                                  : "");
  http::Response response;
  response.fields = {"ETag: " + etag, fmt::format("Postback-Receipt: {}", *query.receipt),
                     "Vary: Accept-Encoding"};
  if (http::has_version(request.head, etag)) {
    response.status = 304;
    co_return response;
  }
  std::function<base::Blob()> read = [&] {
    if (as_it_came) return dependencies_.documents.body(*query.receipt, dependencies_.spool);
    model::Event event;
    event.receipt = query.receipt;
    base::Blob document = dependencies_.documents.document(event, dependencies_.spool);
    if (!compress || document.size() < least_compressed) return document;
    response.fields.emplace_back("Content-Encoding: gzip");
    return text::gzip(document);
  };
  response.document = co_await dependencies_.turns.run(client, request.caller, std::move(read));
  if (!response.document.in_memory()) response.held = take_download(client);
  if (as_it_came) response.content_type = "application/octet-stream";
  co_return response;
}

} // namespace postbackd::api
