#include "api_client.hpp"

#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/descriptor.hpp"
#include "http/client.hpp"
#include "text/json_document.hpp"

namespace postbackd::ctl
{
namespace
{

bool listens(const std::string& path)
{
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  const base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return socket.get() >= 0 && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                                        static_cast<socklen_t>(sizeof address)) == 0;
}

} // namespace

std::optional<ApiClient> ApiClient::connect(const Configuration& configuration)
{
  const std::string socket = configuration.fixed.api.socket.string();
  if (socket.empty() || !listens(socket)) return std::nullopt;
  return ApiClient(socket);
}

ApiClient::Answer ApiClient::call(const std::string& method, const std::string& path, const std::string& body,
                                  const std::vector<std::string>& fields) const
{
  http::ClientRequest request;
  request.method = method;
  request.url = "http://postbackd" + path;
  request.unix_socket = socket_;
  request.body = body;
  request.fields = fields;
  request.timeout = std::chrono::seconds(90);
  const http::ClientOutcome outcome = http::perform(request);
  if (!outcome.answer)
    throw base::Failure(base::Errc::unavailable,
                        fmt::format("the daemon does not answer at {}: {}", socket_, outcome.error));
  const int status = outcome.answer->status;
  if (status == 429 || status == 503)
    throw base::Failure(base::Errc::unavailable, detail_of(outcome.answer->body));
  if (status >= 400 && status != 404 && status != 409 && status != 410)
    throw base::Failure(base::Errc::invalid, detail_of(outcome.answer->body));
  return {status, outcome.answer->body};
}

std::string detail_of(const std::string& body)
{
  const auto document = text::JsonDocument::parse(body);
  if (!document) return body.substr(0, 200);
  const std::string field(document->root().member("field").text());
  return (field.empty() ? "" : field + ": ") + std::string(document->root().member("detail").text());
}

} // namespace postbackd::ctl
