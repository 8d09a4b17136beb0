// wait, watch: over the API's socket.
#include <fmt/format.h>

#include <iostream>
#include <thread>

#include "api_client.hpp"
#include "base/ascii.hpp"
#include "base/plain_text.hpp"
#include "command.hpp"
#include "model/query.hpp"
#include "text/json_document.hpp"

namespace postbackd::ctl
{
namespace
{

struct Arguments {
  std::vector<std::string> ids;
  std::int64_t after = 0;
};

ApiClient connect(const Configuration& configuration)
{
  auto client = ApiClient::connect(configuration);
  if (!client)
    throw base::Failure(base::Errc::unavailable,
                        "nobody listens on the socket of [api]: set one, and start the daemon");
  return *client;
}

// Goes on after a restart of the daemon.
ApiClient::Answer get(const ApiClient& client, const std::string& path)
{
  for (;;) {
    try {
      return client.call("GET", path);
    } catch (const base::Failure& e) {
      if (e.error().code != base::Errc::unavailable) throw;
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  }
}

// Returns whether the query has a result at its end.
bool wait_for(const ApiClient& client, const std::string& id)
{
  for (;;) {
    const ApiClient::Answer answer = get(client, "/v1/queries/" + base::percent_encoded(id) + "?wait=60");
    if (answer.status == 404) throw base::Failure(base::Errc::not_found, "no query " + id + " is registered");
    const auto document = text::JsonDocument::parse(answer.body);
    if (!document) throw base::Failure(base::Errc::invalid, "the daemon's answer is not JSON");
    const std::string_view word = document->root().member("state").text();
    const auto state = model::query_state_of(word);
    const bool has_result = document->root().member("receipt").present();
    if (!has_result && !(state && model::is_given_up(*state))) continue;
    std::cout << base::as_line(id) << ' ' << word << std::endl;
    return has_result;
  }
}

int wait(const Configuration& configuration, const Arguments& arguments)
{
  const ApiClient client = connect(configuration);
  bool all = true;
  for (const std::string& id : arguments.ids) {
    const bool has_result = wait_for(client, id);
    all = all && has_result;
  }
  return all ? exit_good : exit_not_found;
}

int watch(const Configuration& configuration, const Arguments& arguments)
{
  const ApiClient client = connect(configuration);
  for (std::int64_t after = arguments.after; std::cout;) {
    const ApiClient::Answer page = get(client, fmt::format("/v1/events?after={}&limit=1000&wait=60", after));
    const auto document = text::JsonDocument::parse(page.body);
    if (!document) throw base::Failure(base::Errc::invalid, "the daemon's answer is not JSON");
    for (const text::JsonNode& event : document->root().member("events").elements())
      std::cout << event.json() << '\n';
    std::cout.flush();
    after = document->root().member("next").integer().value_or(after);
  }
  return exit_good;
}

} // namespace

void add_feed_commands(CLI::App& app, Command& command)
{
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* waiting =
      add_command(app, "wait", "Waits until each of these queries has its end", command, arguments, wait);
  waiting->add_option("id", arguments->ids, "Ids or QueryIds")->required();
  CLI::App* watching = add_command(app, "watch", "Prints each event as it comes, a line of JSON each",
                                   command, arguments, watch);
  watching->add_option("--after", arguments->after, "Begins after this `seq`; 0: with the oldest")
      ->check(CLI::NonNegativeNumber);
}

} // namespace postbackd::ctl
