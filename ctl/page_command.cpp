// page: a link to the page, for whoever may open the socket of [api].
#include <iostream>

#include "api_client.hpp"
#include "command.hpp"
#include "text/json_document.hpp"

namespace postbackd::ctl
{
namespace
{

struct PageArguments {
  bool look = false;
};

int page(const Load& load, const PageArguments& arguments)
{
  const ApiClient::Answer answer = ApiClient::connect({}, load).call(
      "POST", "/v1/session/code", arguments.look ? R"({"look":true})" : "{}");
  if (answer.status != 201) throw base::Failure(base::Errc::invalid, detail_of(answer.body));
  const auto document = text::JsonDocument::parse(answer.body);
  if (!document) throw base::Failure(base::Errc::invalid, "the daemon's answer is no JSON");
  const std::string_view url = document->root().member("url").text();
  std::cout << url << '\n';
  std::cerr << "It is good once, and for a minute. "
            << (url.starts_with('#')
                    ? "Put it after the address of the page, which what encrypts before it knows.\n"
                    : "From another machine: ssh -L PORT:127.0.0.1:PORT, with the port of this link.\n");
  return exit_good;
}

} // namespace

void add_page_command(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<PageArguments>();
  base::CommandLine* sub = add_command(app, "page", "Print a link to the page, good once and for a minute",
                                       command, arguments, page);
  sub->add_flag("--look", arguments->look, "The session may only look");
}

} // namespace postbackd::ctl
