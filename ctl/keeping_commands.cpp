// verify, export.
#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "base/plain_text.hpp"
#include "command.hpp"
#include "progress.hpp"
#include "text/json.hpp"

namespace postbackd::ctl
{
namespace
{

struct KeepingArguments {
  std::string file;
  std::string since = "1970-01-01";
  std::string format;
};

int verify(const Configuration& configuration, const KeepingArguments&)
{
  const auto store = open_store(configuration, store::Access::read);
  std::int64_t problems = 0;
  {
    const Progress progress;
    store->archive().verify(
        [&](const std::string& problem) {
          ++problems;
          std::cout << base::as_line(problem) << '\n';
        },
        [&](const std::string& what, std::int64_t done, std::int64_t total) {
          progress.show(what, done, total);
        });
  }
  if (problems == 0) std::cout << "good\n";
  return problems == 0 ? exit_good : exit_failed;
}

using Values = std::vector<std::optional<std::string>>;

std::string to_json(const Values& values)
{
  const auto& names = store::Archive::exported;
  text::JsonWriter writer;
  writer.begin_object();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string_view name = names[i];
    writer.key(name);
    if (!values[i])
      writer.null();
    else if (name == "receipt" || name == "metadata" || name == "document")
      writer.raw(*values[i]);
    else
      writer.string(*values[i]);
  }
  return std::string(writer.end_object().text());
}

// RFC 4180.
std::string to_csv(const Values& values)
{
  std::string line;
  for (const auto& value : values) {
    if (&value != &values.front()) line += ',';
    if (!value) continue;
    line += '"';
    for (const char c : *value)
      line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line + '\r';
}

int export_postbacks(const Configuration& configuration, const KeepingArguments& arguments)
{
  const base::TimePoint since = time_of("--since", arguments.since);
  const std::string format = !arguments.format.empty()          ? arguments.format
                             : arguments.file.ends_with(".csv") ? "csv"
                                                                : "ndjson";
  std::ofstream file;
  if (!arguments.file.empty()) file.open(arguments.file);
  std::ostream& out = arguments.file.empty() ? std::cout : file;
  const auto store = open_to_read(configuration, "export", "");
  if (format == "csv") {
    const auto& names = store::Archive::exported;
    out << to_csv({names.begin(), names.end()}) << '\n';
  }
  std::int64_t count = 0;
  {
    const Progress progress;
    store->archive().export_postbacks(since, [&](const Values& values) {
      out << (format == "csv" ? to_csv(values) : to_json(values)) << '\n';
      progress.show(++count);
      return out.good();
    });
  }
  out.flush();
  if (!out) throw base::Failure(base::Errc::unavailable, fmt::format("cannot write to '{}'", arguments.file));
  if (!arguments.file.empty()) std::cout << fmt::format("exported: {}\n", count);
  return exit_good;
}

} // namespace

void add_keeping_commands(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<KeepingArguments>();
  add_reading_command(app, "verify",
                      "Checks the store: tables, bodies against their digests, and what belongs together",
                      command, arguments, verify);
  base::CommandLine* exporting =
      add_reading_command(app, "export", "Writes each postback with its document as a line", command,
                          arguments, export_postbacks);
  exporting->add_option("--since", arguments->since,
                        "A time, or how long ago: 2026-01-31T12:00:00Z, 7d; by default all");
  exporting->add_option("--to", arguments->file, "A file, .ndjson or .csv; by default standard output");
  exporting->add_option("--format", arguments->format, "Overrides the format that the file name implies")
      ->one_of({"ndjson", "csv"});
}

} // namespace postbackd::ctl
