#include "api_client.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>

#include "base/descriptor.hpp"
#include "base/plain_text.hpp"
#include "http/client.hpp"
#include "text/json_document.hpp"

namespace postbackd::ctl
{
namespace
{

constexpr std::size_t most_received = std::size_t{1} << 30; // a result

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
  ApiClient client;
  client.socket_ = socket;
  return client;
}

void ApiClient::add_options(base::CommandLine& command, Address& address)
{
  auto* url = command.add_option("--url", address.url, "A daemon elsewhere: https://HOST:PORT of its [api]");
  auto* token = command.add_option("--token-file", address.token_file, "A file with the client's token");
  command.add_option("--ca-file", address.ca_file, "PEM, if the system does not know its certificate")
      ->needs(url);
  url->needs(token);
  token->needs(url);
}

ApiClient ApiClient::connect(const Address& address, const Load& load)
{
  if (address.url.empty()) {
    auto client = connect(load());
    if (!client)
      throw base::Failure(base::Errc::unavailable,
                          "nobody listens on the socket of [api]: set one, and start the daemon");
    return *client;
  }
  std::ifstream file(address.token_file);
  std::string token;
  if (!(file >> token))
    throw base::Failure(base::Errc::not_found,
                        fmt::format("cannot read a token from '{}'", address.token_file));
  ApiClient client;
  client.url_ = address.url.substr(0, address.url.find_last_not_of('/') + 1);
  client.ca_file_ = address.ca_file;
  client.fields_ = {"Authorization: Bearer " + token};
  return client;
}

ApiClient::Answer ApiClient::call_until_answered(const std::string& method, const std::string& path,
                                                 const std::string& body,
                                                 const std::vector<std::string>& fields) const
{
  std::string told;
  for (;;) {
    try {
      return call(method, path, body, fields);
    } catch (const base::Failure& e) {
      if (e.error().code != base::Errc::unavailable) throw;
      if (told != e.what())
        std::cerr << "postbackctl: " << base::as_line(e.what()) << "; trying again" << std::endl;
      told = e.what();
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  }
}

ApiClient::Answer ApiClient::call(const std::string& method, const std::string& path, const std::string& body,
                                  const std::vector<std::string>& fields) const
{
  http::ClientRequest request;
  request.method = method;
  request.url = url_ + path;
  request.ca_file = ca_file_;
  request.unix_socket = socket_;
  request.body = body;
  request.fields = fields_;
  request.fields.insert(request.fields.end(), fields.begin(), fields.end());
  request.most_received = most_received;
  request.timeout = std::chrono::seconds(90);
  const http::ClientOutcome outcome = http::perform(request);
  if (!outcome.answer)
    throw base::Failure(base::Errc::unavailable,
                        fmt::format("the daemon does not answer at {}: {}", where(), outcome.error));
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
