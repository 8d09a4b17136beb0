#include "fanbase_commands.hpp"

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "base/ascii.hpp"
#include "base/clock.hpp"
#include "fanbase/fanbase_client.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/fanbase_table.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd
{
namespace
{

using store::sqlite::Connection;

// A transaction of ours: some milliseconds, so that the daemon does not wait.
constexpr int at_once = 500;

struct Arguments {
  std::string file;
  std::string handler;
  std::string action = "ticket-create";
  std::string data;
  std::string key;
  std::string id;
  std::string user;
  std::string name;
  std::string value;
  std::string date;
  std::string document;
  std::string app;
  std::string platform = "android";
};

// The first column of a line, without quotes and blanks.
std::string first_column(const std::string& line)
{
  std::string text = line.substr(0, line.find_first_of(",;\t"));
  std::erase_if(text, [](char c) { return c == '"' || c == ' ' || c == '\r'; });
  return text;
}

// 1: a CPF, 4: an e-mail, 0: neither.
int type_of(const std::string& document)
{
  if (document.size() == 11 && std::all_of(document.begin(), document.end(), base::is_digit)) return 1;
  return document.find('@') != std::string::npos ? 4 : 0;
}

int import_fans(const Configuration& configuration, const Arguments& arguments)
{
  std::ifstream file(arguments.file);
  if (!file) throw base::Failure(base::Errc::not_found, "cannot read '" + arguments.file + "'");
  Connection connection({configuration.store.path, configuration.store.busy_timeout},
                        Connection::Mode::existing);
  auto transaction =
      std::make_unique<SQLite::Transaction>(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
  int added = 0;
  int known = 0;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    const std::string document = first_column(line);
    if (document.empty()) continue;
    const int type = type_of(document);
    const bool is_header = number == 1 && std::none_of(document.begin(), document.end(), base::is_digit);
    if (type == 0 && is_header) continue;
    if (type == 0) transaction->commit();
    if (type == 0)
      throw base::Failure(
          base::Errc::invalid,
          fmt::format("{}:{}: '{}' is neither a CPF of eleven digits nor an e-mail; what stands above "
                      "it is imported, or known",
                      arguments.file, number, document.substr(0, 40)));
    ++(store::sqlite::insert_fan(connection.database(), base::lower(document), type) ? added : known);
    if ((added + known) % at_once != 0) continue;
    transaction->commit();
    transaction = nullptr;
    transaction =
        std::make_unique<SQLite::Transaction>(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
  }
  transaction->commit();
  std::cout << fmt::format("imported: {}, known before: {}\n", added, known);
  return 0;
}

// The remote Fanbase of a handler.
fanbase::FanbaseClient client_of(const Configuration& configuration, const Arguments& arguments,
                                 const base::Clock& clock)
{
  for (const Configuration::Handler& handler : configuration.handlers) {
    const delivery::HandlerOptions& options = handler.configuration.options;
    if (options.kind != "fanbase" || (!arguments.handler.empty() && options.name != arguments.handler))
      continue;
    const auto secret = handler.secrets.find("client_secret");
    return fanbase::FanbaseClient(
        {options.text("url"),
         options.text("security_url").empty() ? options.text("url") : options.text("security_url"),
         options.text("client_id"),
         secret == handler.secrets.end() ? "" : read_credential_text(secret->second), options.timeout},
        clock);
  }
  throw base::Failure(base::Errc::not_found,
                      "the configuration has no [[handler]] of the kind fanbase" +
                          (arguments.handler.empty() ? "" : " named " + arguments.handler));
}

int print(const base::Result<std::string>& answer)
{
  if (!answer) throw base::Failure(answer.error());
  std::cout << *answer << '\n';
  return 0;
}

int call(const Configuration& configuration, const Arguments& arguments, const std::string& path,
         const std::string& body)
{
  const base::SystemClock clock;
  return print(client_of(configuration, arguments, clock).call(path, body, arguments.key));
}

int enqueue(const Configuration& configuration, const Arguments& arguments)
{
  text::JsonWriter action;
  action.begin_object().key("action").string(arguments.action).end_object();
  std::string body(action.text());
  body.pop_back();
  return call(configuration, arguments, "/api/v1/integration/queue",
              body + ",\"data\":" + arguments.data + "}");
}

int status(const Configuration& configuration, const Arguments& arguments)
{
  return call(configuration, arguments, "/api/v1/integration/queue/" + arguments.id, "");
}

int register_user(const Configuration& configuration, const Arguments& arguments)
{
  text::JsonWriter writer;
  writer.begin_object().key("userId").string(arguments.user).key("document").string(arguments.document);
  writer.key("documentType").number(type_of(arguments.document)).key("appName").string(arguments.app);
  writer.key("appPlatform").string(arguments.platform).end_object();
  return call(configuration, arguments, "/api/v1/app/registeruser", std::string(writer.text()));
}

int add_event(const Configuration& configuration, const Arguments& arguments)
{
  text::JsonWriter writer;
  writer.begin_object()
      .key("userId")
      .string(arguments.user)
      .key("eventName")
      .string(arguments.name)
      .key("eventValue");
  arguments.value.empty() ? writer.null() : writer.string(arguments.value);
  writer.key("eventDate")
      .string(arguments.date.empty() ? text::format_time(base::SystemClock().now()) : arguments.date);
  writer.key("appName").string(arguments.app).end_object();
  return call(configuration, arguments, "/api/v1/app/event", std::string(writer.text()));
}

} // namespace

void add_fanbase_commands(CLI::App& app, std::function<int(const Configuration&)>& command)
{
  const auto arguments = std::make_shared<Arguments>();
  const auto add = [&](CLI::App* parent, const char* name, const char* what,
                       int (*run)(const Configuration&, const Arguments&)) {
    CLI::App* sub = parent->add_subcommand(name, what);
    sub->callback([&command, run, arguments] {
      command = [run, arguments](const Configuration& configuration) {
        return run(configuration, *arguments);
      };
    });
    return sub;
  };
  CLI::App* fans = app.add_subcommand("fans", "The documents that app users may have");
  fans->require_subcommand(1);
  add(fans, "import", "Adds the CPFs and e-mails of the first column of a CSV file", import_fans)
      ->add_option("file", arguments->file, "The file")
      ->required();
  CLI::App* remote = app.add_subcommand("fanbase", "Calls the remote Fanbase of a handler");
  remote->require_subcommand(1);
  remote->add_option("--handler", arguments->handler,
                     "The name of a [[handler]] of the kind fanbase; the first one");
  CLI::App* enqueuing = add(remote, "enqueue", "Makes an object in its queue", enqueue);
  enqueuing->add_option("data", arguments->data, "JSON")->required();
  enqueuing->add_option("--action", arguments->action, "ticket-create, update_fandata")
      ->capture_default_str();
  enqueuing->add_option("--key", arguments->key, "Idempotency-Key");
  add(remote, "status", "An object of its queue", status)
      ->add_option("id", arguments->id, "The object's id")
      ->required();
  CLI::App* registering = add(remote, "registeruser", "Registers an app's user", register_user);
  registering->add_option("user", arguments->user, "userId")->required();
  registering->add_option("document", arguments->document, "A CPF or an e-mail")->required();
  registering->add_option("--platform", arguments->platform, "android or ios")->capture_default_str();
  CLI::App* event = add(remote, "event", "Adds an app's event", add_event);
  event->add_option("user", arguments->user, "userId")->required();
  event->add_option("name", arguments->name, "eventName")->required();
  event->add_option("--value", arguments->value, "eventValue");
  event->add_option("--date", arguments->date, "eventDate, ISO 8601; now if not given");
  for (CLI::App* sub : {registering, event})
    sub->add_option("--app", arguments->app, "appName")->required();
}

} // namespace postbackd
