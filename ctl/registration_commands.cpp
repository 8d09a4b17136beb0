// register, hooks: over the API's socket where a daemon listens, so that no write access to the file is
// needed.
#include <fmt/format.h>

#include <iostream>

#include "api_client.hpp"
#include "command.hpp"
#include "configuration/query_hooks.hpp"
#include "model/correlation.hpp"
#include "text/json.hpp"
#include "text/json_document.hpp"

namespace postbackd::ctl
{
namespace
{

struct RegistrationArguments {
  std::string query_id;
  std::optional<std::string> label;
  std::optional<std::string> api;
  std::optional<std::string> datasets;
  std::optional<std::string> key;
  std::optional<std::string> metadata;
  std::optional<std::string> group;
  std::optional<std::string> deadline;
  std::optional<std::string> route;
  bool authorization = false;
};

void check(const RegistrationArguments& arguments)
{
  if (arguments.label && !model::is_label(*arguments.label))
    throw base::Failure(base::Errc::invalid,
                        "--label: expected up to 1024 bytes of UTF-8 without control characters");
}

// Returns the part of the query that both registrations know, for the file.
model::Query query_of(const RegistrationArguments& arguments)
{
  model::Query query;
  query.label = arguments.label;
  query.api = arguments.api;
  query.datasets = arguments.datasets;
  query.key = arguments.key;
  query.metadata = arguments.metadata;
  normalise_object("--metadata", query.metadata);
  query.group = arguments.group;
  query.client = "local";
  if (const auto duration = duration_of("--deadline", arguments.deadline))
    query.deadline_at = now() + *duration;
  return query;
}

// Returns the same as the body of a request.
std::string body_of(const RegistrationArguments& arguments)
{
  text::JsonWriter writer;
  writer.begin_object();
  const auto add = [&writer](std::string_view name, const std::optional<std::string>& value) {
    if (value) writer.key(name).string(*value);
  };
  if (!arguments.query_id.empty()) add("query_id", arguments.query_id);
  add("label", arguments.label);
  add("api", arguments.api);
  add("datasets", arguments.datasets);
  add("group", arguments.group);
  add("deadline", arguments.deadline);
  add("route", arguments.route);
  std::optional<std::string> metadata = arguments.metadata;
  normalise_object("--metadata", metadata);
  if (metadata) writer.key("metadata").raw(*metadata);
  return std::string(writer.end_object().text());
}

ApiClient::Answer post(const ApiClient& client, const std::string& path,
                       const RegistrationArguments& arguments)
{
  static_cast<void>(duration_of("--deadline", arguments.deadline)); // the same words as without the API
  const auto fields =
      arguments.key ? std::vector{"Idempotency-Key: " + *arguments.key} : std::vector<std::string>();
  ApiClient::Answer answer = client.call("POST", path, body_of(arguments), fields);
  if (answer.status >= 400) throw base::Failure(base::Errc::invalid, detail_of(answer.body));
  return answer;
}

int register_query(const Configuration& configuration, const RegistrationArguments& arguments)
{
  if (!model::is_query_id(arguments.query_id))
    throw base::Failure(base::Errc::invalid, std::string("QueryId: ") + model::query_id_rule);
  check(arguments);
  bool is_new = false;
  if (const auto client = ApiClient::connect(configuration)) {
    is_new = post(*client, "/v1/queries", arguments).status == 201;
  } else {
    model::Query query = query_of(arguments);
    query.query_id = arguments.query_id;
    const store::Enqueued entered =
        open_store(configuration, store::Access::write)->register_query(query, now());
    if (!entered.belongs_to_another.empty())
      throw base::Failure(base::Errc::invalid,
                          fmt::format("{}: it belongs to a different query",
                                      entered.belongs_to_another == "key" ? "--key" : "QueryId"));
    is_new = entered.is_new;
  }
  std::cout << (is_new ? "registered " : "known already, nothing changed: ") << arguments.query_id << '\n';
  return exit_good;
}

// Registers it. Returns the correlation that it has, which is an older one if its key is known.
std::string enter(const Configuration& configuration, const model::Query& query)
{
  const auto store = open_store(configuration, store::Access::write);
  const store::Enqueued entered = store->register_query(query, now());
  if (!entered.belongs_to_another.empty())
    throw base::Failure(base::Errc::invalid, "--key: it belongs to a query that has no hooks");
  return entered.correlation;
}

int make_hooks(const Configuration& configuration, const RegistrationArguments& arguments)
{
  check(arguments);
  const auto client = arguments.authorization ? std::nullopt : ApiClient::connect(configuration);
  if (client) {
    const auto document = text::JsonDocument::parse(post(*client, "/v1/hooks", arguments).body);
    std::cout << (document ? document->root().member("hooks").text() : "") << '\n';
    return exit_good;
  }
  model::Query query = query_of(arguments);
  query.correlation = model::new_correlation();
  const std::string& route = arguments.route ? *arguments.route : configuration.live.routes.front().path;
  const auto form =
      arguments.authorization ? model::HooksForm::authorization : model::HooksForm::postbacksecret;
  const auto hooks = [&](const std::string& correlation) {
    return hooks_of(configuration.live, configuration.fixed.store.path, route, correlation, form);
  };
  hooks(*query.correlation); // or nothing is registered
  std::cout << hooks(enter(configuration, query)) << '\n';
  return exit_good;
}

} // namespace

void add_registration_commands(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<RegistrationArguments>();
  base::CommandLine* registering = add_command(app, "register", "Registers a query whose result is expected",
                                               command, arguments, register_query);
  registering->add_option("query_id", arguments->query_id, "The platform's QueryId")->required();
  base::CommandLine* hooks =
      add_command(app, "hooks", "Prints a hooks string with a URL and a secret of its own", command,
                  arguments, make_hooks);
  hooks->add_flag("--authorization", arguments->authorization,
                  "With authorizationkey{} and authorizationtoken{} in place of postbacksecret{}");
  hooks->add_option("--route", arguments->route, "The path of a [[route]]; by default the first one");
  for (base::CommandLine* sub : {registering, hooks}) {
    sub->add_option("--label", arguments->label, "Your own words for the query");
    sub->add_option("--api", arguments->api, "The platform's API, for handlers that match it");
    sub->add_option("--datasets", arguments->datasets, "Its datasets, separated by commas");
    sub->add_option("--group", arguments->group, "Queries that belong together");
    sub->add_option("--metadata", arguments->metadata, "A JSON object of your own, at most 4 KiB");
    sub->add_option("--key", arguments->key, "The same key is the same query");
    sub->add_option("--deadline", arguments->deadline,
                    "The time from now until it is overdue: 30s, 10m, 2h, 5d");
  }
}

} // namespace postbackd::ctl
