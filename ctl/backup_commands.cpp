// backup, restore.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "base/new_file.hpp"
#include "base/plain_text.hpp"
#include "command.hpp"
#include "configuration/known_store.hpp"
#include "erase_command.hpp"
#include "machine_copy.hpp"
#include "progress.hpp"
#include "text/time.hpp"
#include "unit.hpp"

namespace postbackd::ctl
{
namespace
{

namespace fs = std::filesystem;

constexpr std::string_view prefix = "postbackd-";
constexpr std::string_view suffix = ".backup";

struct BackupArguments {
  std::string file;
  std::string directory;
  std::size_t keep = 7;
  std::string max_age = "3d";
  std::string then;
  bool with_credentials = false;
  bool replace = false;
};

// The key of per-query secrets belongs to a copy: without it, results on their way are refused.
fs::path key_of_copy(const fs::path& copy) { return copy.string() + ".query_key"; }

void copy_store(const Configuration& configuration, const fs::path& file, bool with_credentials)
{
  if (fs::exists(file))
    throw base::Failure(base::Errc::invalid, fmt::format("'{}' exists: give another name", file.string()));
  const auto store = open_store(configuration, store::Access::read);
  base::NewFile copy(file);
  {
    const Progress progress;
    store->archive().back_up(
        copy.path(), [&](std::int64_t done, std::int64_t total) { progress.show("pages", done, total); });
  }
  // Before the copy is in its place: without them, it would look whole.
  if (const fs::path key = query_key_path(configuration.fixed.store.path); fs::exists(key)) {
    base::NewFile copy_of_key(key_of_copy(file));
    copy_of_key.copy(key);
    copy_of_key.keep();
  }
  save_machine(configuration, file, with_credentials);
  copy.keep();
}

// `due`: when somebody should ask where the next one is. A copy is good also if that cannot be noted.
void note_backup(const Configuration& configuration, std::optional<base::TimePoint> due)
{
  try {
    open_store(configuration, store::Access::write)->archive().note_backup(now(), due);
  } catch (const base::Failure& e) {
    std::cerr << "postbackctl: the backup is made, but its time is not noted in the store: "
              << base::as_line(e.what()) << '\n';
  }
}

void check(const fs::path& copy)
{
  std::string first;
  const auto store = store::open_operator(copy, std::chrono::seconds(5), store::Access::read);
  store->archive().verify(
      [&](const std::string& problem) {
        if (first.empty()) first = problem;
      },
      [](const std::string&, std::int64_t, std::int64_t) {});
  if (!first.empty())
    throw base::Failure(base::Errc::invalid,
                        fmt::format("the copy '{}' is not good: {}", copy.string(), first));
}

// Those of earlier calls, the newest first.
std::vector<fs::path> copies_in(const fs::path& directory)
{
  std::vector<fs::path> copies;
  for (const auto& entry : fs::directory_iterator(directory))
    if (const std::string name = entry.path().filename().string();
        name.starts_with(prefix) && name.ends_with(suffix))
      copies.push_back(entry.path());
  std::sort(copies.rbegin(), copies.rend());
  return copies;
}

void remove_copy(const fs::path& copy)
{
  fs::remove(copy);
  fs::remove(key_of_copy(copy));
  fs::remove(copy.string() + ".credentials.digests");
  fs::remove_all(files_of_copy(copy));
}

void take_elsewhere(const fs::path& copy, const std::string& command)
{
  ::setenv("POSTBACKD_BACKUP", copy.c_str(), 1);
  const ProgramOutput output = run_program({"/bin/sh", "-c", command});
  std::cout << output.text;
  if (output.code != 0)
    throw base::Failure(base::Errc::unavailable,
                        fmt::format("'{}' is made, but the command of --then ended with {}: {}",
                                    copy.string(), output.code, base::as_line(output.text.substr(0, 500))));
}

// One of a series: an older one goes only when this one is good and where it should be.
int back_up_into(const Configuration& configuration, const BackupArguments& arguments)
{
  const auto age = text::parse_duration(arguments.max_age);
  if (!age)
    throw base::Failure(base::Errc::invalid,
                        "--max-age: '" + arguments.max_age + "' is not a duration: 36h, 3d");
  if (arguments.keep == 0) throw base::Failure(base::Errc::invalid, "--keep: expected 1 or more");
  const fs::path directory = arguments.directory;
  fs::create_directories(directory);
  std::string time = text::format_time(now()).substr(0, 19);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  const fs::path copy = directory / fmt::format("{}{}Z{}", prefix, time, suffix);
  copy_store(configuration, copy, arguments.with_credentials);
  check(copy);
  if (!arguments.then.empty()) take_elsewhere(copy, arguments.then);
  note_backup(configuration, now() + *age);
  const std::vector<fs::path> copies = copies_in(directory);
  for (std::size_t i = arguments.keep; i < copies.size(); ++i)
    remove_copy(copies[i]);
  std::cout << fmt::format("{}: {} bytes, verified; {} kept\n", copy.string(), fs::file_size(copy),
                           std::min(copies.size(), arguments.keep));
  return exit_good;
}

int back_up(const Configuration& configuration, const BackupArguments& arguments)
{
  if (!arguments.directory.empty()) return back_up_into(configuration, arguments);
  if (arguments.file.empty()) throw base::Failure(base::Errc::invalid, "name a new file, or --directory");
  copy_store(configuration, arguments.file, arguments.with_credentials);
  note_backup(configuration, std::nullopt);
  std::cout << fmt::format(
      "{}: {} bytes; with {}{}\n", arguments.file, fs::file_size(arguments.file),
      fs::exists(key_of_copy(arguments.file)) ? key_of_copy(arguments.file).string() + ", " : "",
      files_of_copy(arguments.file).string());
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
int restore(const Configuration& configuration, const BackupArguments& arguments)
{
  if (!configuration.fixed.store.url.empty())
    throw base::Failure(base::Errc::invalid,
                        "the store is in a database of its own server: put a copy back with that "
                        "server's tools (docs/scale.md), while no receiver runs, and then "
                        "`postbackctl store restored`");
  const fs::path& store = configuration.fixed.store.path;
  const fs::path key = query_key_path(store);
  std::optional<base::NewFile> restored;
  if (fs::exists(key_of_copy(arguments.file))) {
    restored.emplace(key);
    restored->copy(key_of_copy(arguments.file));
    restored->give_to_owner_of_directory(0600);
    restored->sync();
  } else {
    std::cerr << fmt::format("postbackctl: there is no '{}': if postbackd made the key of per-query secrets, "
                             "their results get 401\n",
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
  for (const std::string& sentence : compare_machine(configuration, arguments.file))
    std::cerr << "postbackctl: " << base::as_line(sentence) << '\n';
  if (configuration.live.public_url)
    std::cout << "results on their way come to the URLs that were given out below "
              << *configuration.live.public_url << ": that name must lead here\n";
  return exit_good;
}

} // namespace

void add_backup_commands(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<BackupArguments>();
  base::CommandLine* backing = add_command(
      app, "backup",
      "Copies the store while the daemon runs, the key of per-query secrets and the configuration", command,
      arguments, back_up);
  auto* file = backing->add_option("file", arguments->file,
                                   "A new file; FILE.query_key and FILE.files/ are put beside it");
  backing
      ->add_option("--directory", arguments->directory,
                   "Makes one of a series there, verifies it, and removes old ones")
      ->excludes(file);
  backing->add_option("--keep", arguments->keep, "How many of the series stay")->capture_default_str();
  backing
      ->add_option("--max-age", arguments->max_age,
                   "After this time without a newer one of the series, status says so")
      ->capture_default_str();
  backing->add_option("--then", arguments->then,
                      "A shell command that takes $POSTBACKD_BACKUP elsewhere, with what lies beside it");
  backing->add_flag("--with-credentials", arguments->with_credentials,
                    "Also the secrets that the configuration names");
  base::CommandLine* restoring =
      add_command(app, "restore", "Puts a backup in the place of the store; the daemon must not run", command,
                  arguments, restore);
  restoring->add_option("file", arguments->file, "A file of `postbackctl backup`")->required();
  restoring->add_flag("--replace", arguments->replace,
                      "Keeps the store that is there as STORE.before-restore");
}

} // namespace postbackd::ctl
