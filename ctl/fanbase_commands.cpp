// fans, fanbase.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "base/ascii.hpp"
#include "command.hpp"
#include "document.hpp"
#include "fanbase/fanbase_client.hpp"
#include "model/document.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::ctl
{
namespace
{

struct FanbaseArguments {
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

// Returns the first column of a line, without quotes and blanks.
std::string first_column(const std::string& line)
{
  std::string text = line.substr(0, line.find_first_of(",;\t"));
  std::erase_if(text, [](char c) { return c == '"' || c == ' ' || c == '\r'; });
  return text;
}

// Reads the documents of a file. Throws base::Failure with file and line; the lines above are in `fans`.
class FanFile
{
public:
  explicit FanFile(const std::string& path) : path_(path), file_(path)
  {
    if (!file_) throw base::Failure(base::Errc::not_found, "cannot read '" + path + "'");
  }

  // Returns up to `most` documents, or none at the end.
  std::vector<store::OperatorStore::Fan> next(std::size_t most)
  {
    std::vector<store::OperatorStore::Fan> fans;
    for (std::string line; fans.size() < most && std::getline(file_, line);) {
      if (++number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
      const std::string document = first_column(line);
      if (document.empty()) continue;
      if (const auto type = model::document_type_of(document))
        fans.push_back({base::lower(document), static_cast<int>(*type)});
      else if (!is_header(document))
        wrong_line_ =
            fmt::format("{}:{}: '{}' is neither a CPF of eleven digits nor an e-mail; the lines above are "
                        "imported",
                        path_, number_, document.substr(0, 40));
      if (!wrong_line_.empty()) break;
    }
    return fans;
  }
  const std::string& wrong_line() const { return wrong_line_; }

private:
  bool is_header(const std::string& document) const
  {
    return number_ == 1 && std::none_of(document.begin(), document.end(), base::is_digit);
  }

  const std::string& path_;
  std::ifstream file_;
  std::size_t number_ = 0;
  std::string wrong_line_;
};

int import_fans(const Configuration& configuration, const FanbaseArguments& arguments)
{
  FanFile file(arguments.file);
  const auto store = open_store(configuration, store::Access::write);
  std::int64_t added = 0;
  std::int64_t seen = 0;
  for (auto fans = file.next(rows_of_a_step); !fans.empty(); fans = file.next(rows_of_a_step)) {
    added += store->add_fans(fans);
    seen += static_cast<std::int64_t>(fans.size());
    if (!file.wrong_line().empty()) break;
  }
  if (!file.wrong_line().empty()) throw base::Failure(base::Errc::invalid, file.wrong_line());
  std::cout << fmt::format("imported: {}, known before: {}\n", added, seen - added);
  return exit_good;
}

// Returns a client of a handler's remote Fanbase.
fanbase::FanbaseClient client_of(const Configuration& configuration, const FanbaseArguments& arguments,
                                 const base::Clock& clock)
{
  for (const HandlerSettings& handler : configuration.fixed.handlers) {
    const delivery::HandlerOptions& options = handler.configuration.options;
    if (options.kind != "fanbase" || (!arguments.handler.empty() && options.name != arguments.handler))
      continue;
    const auto secret = handler.secrets.find("client_secret");
    return fanbase::FanbaseClient(
        {options.text("url"),
         options.text("security_url").empty() ? options.text("url") : options.text("security_url"),
         options.text("client_id"),
         secret == handler.secrets.end() ? "" : read_credential_text(secret->second.front()),
         options.timeout},
        clock);
  }
  throw base::Failure(base::Errc::not_found,
                      "the configuration has no [[handler]] of the kind fanbase" +
                          (arguments.handler.empty() ? "" : " named " + arguments.handler));
}

int print_answer(const base::Result<std::string>& answer)
{
  if (!answer) throw base::Failure(answer.error());
  print_document(*answer + '\n');
  return 0;
}

int call(const Configuration& configuration, const FanbaseArguments& arguments, const std::string& path,
         const std::string& body)
{
  const base::SystemClock clock;
  return print_answer(client_of(configuration, arguments, clock).call(path, body, arguments.key));
}

int enqueue(const Configuration& configuration, const FanbaseArguments& arguments)
{
  text::JsonWriter writer;
  writer.begin_object().key("action").string(arguments.action).key("data").raw(arguments.data).end_object();
  return call(configuration, arguments, "/api/v1/integration/queue", std::string(writer.text()));
}

int status(const Configuration& configuration, const FanbaseArguments& arguments)
{
  return call(configuration, arguments, "/api/v1/integration/queue/" + arguments.id, "");
}

int register_user(const Configuration& configuration, const FanbaseArguments& arguments)
{
  text::JsonWriter writer;
  writer.begin_object().key("userId").string(arguments.user).key("document").string(arguments.document);
  const auto type = model::document_type_of(arguments.document);
  if (!type)
    throw base::Failure(base::Errc::invalid,
                        "'" + arguments.document + "' is neither a CPF of eleven digits nor an e-mail");
  writer.key("documentType").number(static_cast<int>(*type)).key("appName").string(arguments.app);
  writer.key("appPlatform").string(arguments.platform).end_object();
  return call(configuration, arguments, "/api/v1/app/registeruser", std::string(writer.text()));
}

int add_event(const Configuration& configuration, const FanbaseArguments& arguments)
{
  text::JsonWriter writer;
  writer.begin_object()
      .key("userId")
      .string(arguments.user)
      .key("eventName")
      .string(arguments.name)
      .key("eventValue");
  arguments.value.empty() ? writer.null() : writer.string(arguments.value);
  writer.key("eventDate").string(arguments.date.empty() ? text::format_time(now()) : arguments.date);
  writer.key("appName").string(arguments.app).end_object();
  return call(configuration, arguments, "/api/v1/app/event", std::string(writer.text()));
}

} // namespace

void add_fanbase_commands(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<FanbaseArguments>();
  const auto add = [&](base::CommandLine* parent, const char* name, const char* description,
                       int (*run)(const Configuration&, const FanbaseArguments&)) {
    return add_command(*parent, name, description, command, arguments, run);
  };
  base::CommandLine* fans = app.add_subcommand("fans", "The documents that app users may have");
  fans->require_subcommand(1);
  add(fans, "import", "Adds the CPFs and e-mails of the first column of a CSV file", import_fans)
      ->add_option("file", arguments->file, "The file")
      ->required();
  base::CommandLine* remote = app.add_subcommand("fanbase", "Calls the remote Fanbase of a handler");
  remote->require_subcommand(1);
  remote->add_option("--handler", arguments->handler,
                     "The name of a [[handler]] of kind fanbase; by default the first one");
  base::CommandLine* enqueuing = add(remote, "enqueue", "Creates an object in its queue", enqueue);
  enqueuing->add_option("data", arguments->data, "JSON")->required();
  enqueuing->add_option("--action", arguments->action, "ticket-create, update_fandata")
      ->capture_default_str();
  enqueuing->add_option("--key", arguments->key, "Idempotency-Key");
  add(remote, "status", "Shows an object of its queue", status)
      ->add_option("id", arguments->id, "The object's id")
      ->required();
  base::CommandLine* registering = add(remote, "registeruser", "Registers an app's user", register_user);
  registering->add_option("user", arguments->user, "userId")->required();
  registering->add_option("document", arguments->document, "A CPF or an e-mail")->required();
  registering->add_option("--platform", arguments->platform, "android or ios")->capture_default_str();
  base::CommandLine* event = add(remote, "event", "Adds an app's event", add_event);
  event->add_option("user", arguments->user, "userId")->required();
  event->add_option("name", arguments->name, "eventName")->required();
  event->add_option("--value", arguments->value, "eventValue");
  event->add_option("--date", arguments->date, "eventDate, ISO 8601; by default now");
  for (base::CommandLine* sub : {registering, event})
    sub->add_option("--app", arguments->app, "appName")->required();
}

} // namespace postbackd::ctl
