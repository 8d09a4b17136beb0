// store init, restored, move.
#include <fmt/format.h>

#include <iostream>
#include <pwd.h>
#include <unistd.h>

#include "command.hpp"
#include "configuration/known_store.hpp"
#include "progress.hpp"
#include "store/move.hpp"
#include "unit.hpp"

namespace postbackd::ctl
{
namespace
{

struct StoreArguments {
  bool anew = false;
  bool print = false;
  std::string to;
  bool abandon = false;
};

// What systemd makes at the unit's first start: its state directory, which belongs to its user.
void make_state_directory(const std::filesystem::path& directory, const std::string& unit)
{
  if (std::filesystem::exists(directory) || unit.empty() ||
      !directory.string().starts_with("/var/lib/postbackd"))
    return;
  const passwd* user = ::getpwnam(unit.find('@') == unit.npos ? "postbackd" : directory.filename().c_str());
  if (!user) return; // opening the store says what is missing
  std::filesystem::create_directory(directory);
  if (::chown(directory.c_str(), user->pw_uid, user->pw_gid) != 0)
    throw base::Failure(base::Errc::invalid,
                        fmt::format("cannot give '{}' to its user: be root", directory.string()));
  std::filesystem::permissions(directory, std::filesystem::perms(0750));
}

int init(const Configuration& configuration, const StoreArguments& arguments)
{
  const Fixed::Store& store = configuration.fixed.store;
  if (arguments.print) {
    if (store.url.empty())
      throw base::Failure(base::Errc::invalid,
                          "--print: the store of this configuration is a file; [store] url names a database");
    std::cout << store::server_schema();
    return exit_good;
  }
  const store::StoreAddress address = store.address();
  const KnownStore known(configuration.file, address.text());
  if (!known.can_note())
    throw base::Failure(
        base::Errc::invalid,
        fmt::format(
            "cannot write '{}', which names the store of this configuration: be the owner of its directory",
            known.file().string()));
  if (store::exists(address)) {
    const std::string id = open_store(configuration, store::Access::read)->archive().id();
    known.note(id);
    std::cout << fmt::format("{}: the store {}, which was there, is the one of this configuration\n",
                             address.text(), id);
    return exit_good;
  }
  make_state_directory(store.directory(), unit_of(configuration.file));
  store::StoreOptions options;
  static_cast<store::StoreAddress&>(options) = address;
  options.busy_timeout = store.busy_timeout;
  options.deadline = configuration.fixed.deadline;
  if (!arguments.anew && known.id()) options.why_not_made = known.why_not_made();
  const std::string id = store::open(std::move(options))->id();
  known.note(id);
  std::cout << fmt::format("{}: made, the store {}\n", address.text(), id);
  return exit_good;
}

int restored(const Configuration& configuration, const StoreArguments&)
{
  if (configuration.fixed.store.url.empty())
    throw base::Failure(base::Errc::invalid,
                        "the store of this configuration is a file: `postbackctl restore` notes it itself");
  const auto store = open_store(configuration, store::Access::write);
  for (const store::Duty duty : {store::Duty::deliver, store::Duty::ask, store::Duty::keep})
    if (store->is_led(duty))
      throw base::Failure(base::Errc::invalid,
                          "a receiver uses the store: stop all of them before a copy takes its place");
  store->archive().mark_restored(now());
  std::cout << "noted: what was queued is looked for in the platform's log first, and followers hear of the "
               "new era. What was erased since the copy was made is there again: erase it again\n";
  return exit_good;
}

// `to` is a URL, or a file beside what else is of this machine alone.
store::StoreAddress address_of(const std::string& to, const Fixed::Store& store)
{
  store::StoreAddress address;
  if (store::is_server_url(to)) {
    address.server = store::ServerAddress{to, store.server_password()};
    return address;
  }
  address.path = (store.directory() / to).lexically_normal();
  if (address.path.parent_path() != store.directory())
    throw base::Failure(base::Errc::invalid,
                        fmt::format("--to: expected a URL, or a file in '{}', where query_key is",
                                    store.directory().string()));
  return address;
}

int move(const Configuration& configuration, const StoreArguments& arguments)
{
  const store::StoreAddress from = configuration.fixed.store.address();
  if (arguments.abandon) {
    store::abandon_move(from);
    std::cout << from.text() << ": it stays; delete what is at the other place\n";
    return exit_good;
  }
  const store::StoreAddress to = address_of(arguments.to, configuration.fixed.store);
  store::Moved moved{.before = to.text() == from.text()};
  if (!moved.before) {
    const Progress progress;
    moved = store::move(from, to, [&](const std::string& what, std::int64_t done, std::int64_t total) {
      progress.show(what, done, total);
    });
  }
  if (moved.before) {
    std::cout << to.text() << ": the store is there\n";
    return exit_good;
  }
  if (const KnownStore known(configuration.file, to.text()); known.can_note())
    known.note(store::open_operator(to, configuration.fixed.store.busy_timeout, store::Access::read)
                   ->archive()
                   .id());
  std::cout << fmt::format(
      "{}: the store is there now; {} rows of {} tables were compared one by one, and are the same.\n"
      "Receivers of {} end within seconds, and go on there when they start again. "
      "Name the new place in [store]; the old one changes no more, and may go then\n",
      to.text(), moved.rows, moved.tables, from.text());
  const std::string unit = unit_of(configuration.file); // systemd would wait for some seconds
  if (!unit.empty() && has_systemd() && is_active(unit))
    run_program({"systemctl", "restart", "--no-block", unit});
  return exit_good;
}

} // namespace

void add_store_commands(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<StoreArguments>();
  base::CommandLine* store = app.add_subcommand("store", "The store of a configuration");
  store->require_subcommand(1);
  base::CommandLine* init_store = add_command(
      *store, "init",
      "Makes an empty store, and notes beside the configuration that there is one; one that is there "
      "already is noted only",
      command, arguments, init);
  init_store->add_flag("--new", arguments->anew, "Also in place of one that is lost");
  init_store->add_flag(
      "--print", arguments->print,
      "Prints the SQL that makes it in a database ([store] url), for whoever may run it there");
  add_command(*store, "restored",
              "Notes that a copy has taken the place of a store in a database, while no receiver runs",
              command, arguments, restored);
  auto* how = add_command(*store, "move",
                          "Moves the store between a file and a database, while receivers use it; after an "
                          "interruption, run it again",
                          command, arguments, move)
                  ->add_option_group("how");
  how->add_option("--to", arguments->to,
                  std::string("Its new place: ") + store::server_url_form + ", or the name of a file");
  how->add_flag("--abandon", arguments->abandon, "Gives an interrupted move up: the store stays where it is");
  how->require_option(1);
}

} // namespace postbackd::ctl
