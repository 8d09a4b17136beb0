// wait, watch, listen: over the API, on this host or another.
#include <fmt/format.h>

#include <iostream>

#include "api_client.hpp"
#include "base/ascii.hpp"
#include "base/plain_text.hpp"
#include "command.hpp"
#include "forwarder.hpp"
#include "model/query.hpp"
#include "text/json_document.hpp"

namespace postbackd::ctl
{
namespace
{

struct FeedArguments {
  ApiClient::Address address;
  std::vector<std::string> ids;
  std::optional<std::int64_t> after;
  std::string forward;
  std::string signing_secret_file;
  std::size_t skip_after = 0;
};

text::JsonDocument parse(const ApiClient::Answer& answer)
{
  auto document = text::JsonDocument::parse(answer.body);
  if (!document) throw base::Failure(base::Errc::invalid, "the daemon's answer is not JSON");
  return std::move(*document);
}

// Returns whether the query has a result at its end.
bool wait_for(const ApiClient& client, const std::string& id)
{
  for (;;) {
    const ApiClient::Answer answer = client.get("/v1/queries/" + base::percent_encoded(id) + "?wait=60");
    if (answer.status == 404) throw base::Failure(base::Errc::not_found, "no query " + id + " is registered");
    const text::JsonDocument document = parse(answer);
    const std::string_view word = document.root().member("state").text();
    const auto state = model::query_state_of(word);
    const bool has_result = document.root().member("receipt").present();
    if (!has_result && !(state && model::is_given_up(*state))) continue;
    std::cout << base::as_line(id) << ' ' << word << std::endl;
    return has_result;
  }
}

int wait(const Load& load, const FeedArguments& arguments)
{
  const ApiClient client = ApiClient::connect(arguments.address, load);
  bool all = true;
  for (const std::string& id : arguments.ids) {
    const bool has_result = wait_for(client, id);
    all = all && has_result;
  }
  return all ? exit_good : exit_not_found;
}

// Calls the function with each event as it comes, until standard output is gone.
template<class Take>
void follow(const ApiClient& client, std::string after, Take take)
{
  while (std::cout) {
    const ApiClient::Answer page = client.get(fmt::format("/v1/events?after={}&limit=1000&wait=60", after));
    const text::JsonDocument document = parse(page);
    if (page.status == 409) std::cerr << "postbackctl: " << base::as_line(detail_of(page.body)) << std::endl;
    for (const text::JsonNode& event : document.root().member("events").elements())
      take(event);
    std::cout.flush();
    after = document.root().member("next").json();
  }
}

int watch(const Load& load, const FeedArguments& arguments)
{
  follow(ApiClient::connect(arguments.address, load), std::to_string(arguments.after.value_or(0)),
         [](const text::JsonNode& event) { std::cout << event.json() << '\n'; });
  return exit_good;
}

int listen(const Load& load, const FeedArguments& arguments)
{
  const ApiClient client = ApiClient::connect(arguments.address, load);
  const Forwarder forwarder(client, arguments.forward, arguments.signing_secret_file, arguments.skip_after);
  follow(client, arguments.after ? std::to_string(*arguments.after) : "latest",
         [&](const text::JsonNode& event) { forwarder.forward(event); });
  return exit_good;
}

} // namespace

void add_feed_commands(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<FeedArguments>();
  base::CommandLine* waiting =
      add_command(app, "wait", "Waits until each of these queries has its end", command, arguments, wait);
  waiting->add_option("id", arguments->ids, "Ids or QueryIds")->required();
  base::CommandLine* watching = add_command(
      app, "watch", "Prints each event as it comes, a line of JSON each", command, arguments, watch);
  base::CommandLine* listening = add_command(
      app, "listen", "Gives each event to a program, as an http handler does", command, arguments, listen);
  watching->add_option("--after", arguments->after, "Begins after this `seq`; by default with the oldest")
      ->not_negative();
  listening
      ->add_option("--after", arguments->after, "Begins after this `seq`; by default with the next event")
      ->not_negative();
  listening->add_option("--forward", arguments->forward, "The program's URL: http://127.0.0.1:3000/hook")
      ->required();
  listening->add_option("--signing-secret-file", arguments->signing_secret_file,
                        "A file with the secret that signs (whsec_…)");
  listening
      ->add_option("--skip-after", arguments->skip_after,
                   "Skips an event that the program has failed so often; by default never")
      ->not_negative();
  for (base::CommandLine* sub : {waiting, watching, listening})
    ApiClient::add_options(*sub, arguments->address);
}

} // namespace postbackd::ctl
