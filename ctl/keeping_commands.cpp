// backup, restore, verify, export.
#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "base/new_file.hpp"
#include "base/plain_text.hpp"
#include "command.hpp"
#include "configuration/known_store.hpp"
#include "erase_command.hpp"
#include "progress.hpp"
#include "text/json.hpp"

namespace postbackd::ctl
{
namespace
{

namespace fs = std::filesystem;

struct KeepingArguments {
  std::string file;
  std::string since = "1970-01-01";
  std::string format;
  bool replace = false;
};

// The key of per-query secrets belongs to a copy: without it, results on their way are refused.
fs::path key_of_copy(const std::string& file) { return file + ".query_key"; }

int back_up(const Configuration& configuration, const KeepingArguments& arguments)
{
  const auto store = open_store(configuration, store::Access::read);
  if (fs::exists(arguments.file))
    throw base::Failure(base::Errc::invalid, fmt::format("'{}' exists: give another name", arguments.file));
  base::NewFile copy(arguments.file);
  {
    const Progress progress;
    store->archive().back_up(
        copy.path(), [&](std::int64_t done, std::int64_t total) { progress.show("pages", done, total); });
  }
  std::string and_key;
  // Before the copy is in its place: without it, the copy would look whole.
  if (const fs::path key = query_key_path(configuration.fixed.store.path); fs::exists(key)) {
    base::NewFile copy_of_key(key_of_copy(arguments.file));
    copy_of_key.copy(key);
    copy_of_key.keep();
    and_key = ", and " + key_of_copy(arguments.file).string();
  }
  copy.keep();
  std::cout << fmt::format("{}: {} bytes{}\n", arguments.file, fs::file_size(arguments.file), and_key);
  return exit_good;
}

// Keeps the key that is there. We may be root in a directory of postbackd's: no link there is followed.
void set_aside(const fs::path& key)
{
  const fs::path before = key.string() + ".before-restore";
  std::error_code failed;
  fs::remove(before, failed);
  fs::create_hard_link(key, before, failed);
  if (failed) fs::rename(key, before, failed);
}

// The store in this place is the one of this configuration now.
void note_store(const Configuration& configuration)
{
  const KnownStore known(configuration.file, configuration.fixed.store.path);
  const std::string id = open_store(configuration, store::Access::read)->archive().id();
  if (known.id() == id) return;
  if (known.can_note()) return known.note(id);
  std::cerr << fmt::format("postbackctl: cannot write '{}': before the start, as root: `{}`\n",
                           known.file().string(), known.command("store init"));
}

// The key waits beside its place, so that it is there as soon as the store is.
int restore(const Configuration& configuration, const KeepingArguments& arguments)
{
  const fs::path& store = configuration.fixed.store.path;
  const fs::path key = query_key_path(store);
  std::optional<base::NewFile> restored;
  if (fs::exists(key_of_copy(arguments.file))) {
    restored.emplace(key);
    restored->copy(key_of_copy(arguments.file));
    restored->give_to_owner_of_directory(0600);
    restored->sync();
  } else {
    std::cerr << fmt::format(
        "postbackctl: there is no '{}': if postbackd made the key of per-query secrets, their results "
        "get 401\n",
        key_of_copy(arguments.file).string());
  }
  const store::Erased erased = store::restore(arguments.file, store, arguments.replace, now());
  if (restored) {
    set_aside(key);
    restored->keep();
  }
  std::cout << "restored " << store.string() << '\n';
  note_store(configuration);
  if (!erased.is_nothing())
    std::cout << "erased in it, as in the store since this backup: " << to_text(erased) << '\n';
  return exit_good;
}

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
  base::CommandLine* backing =
      add_command(app, "backup", "Copies the store, and the key of per-query secrets, while the daemon runs",
                  command, arguments, back_up);
  backing->add_option("file", arguments->file, "A new file; the key is put beside it, as FILE.query_key")
      ->required();
  base::CommandLine* restoring =
      add_command(app, "restore", "Puts a backup in the place of the store; the daemon must not run", command,
                  arguments, restore);
  restoring->add_option("file", arguments->file, "A file of `postbackctl backup`")->required();
  restoring->add_flag("--replace", arguments->replace,
                      "Keeps the store that is there as STORE.before-restore");
  add_command(app, "verify",
              "Checks the store: tables, bodies against their digests, and what belongs together", command,
              arguments, verify);
  base::CommandLine* exporting =
      add_command(app, "export", "Writes each postback with its document as a line", command, arguments,
                  export_postbacks);
  exporting->add_option("--since", arguments->since,
                        "A time, or how long ago: 2026-01-31T12:00:00Z, 7d; by default all");
  exporting->add_option("--to", arguments->file, "A file, .ndjson or .csv; by default standard output");
  exporting->add_option("--format", arguments->format, "Overrides the format that the file name implies")
      ->one_of({"ndjson", "csv"});
}

} // namespace postbackd::ctl
