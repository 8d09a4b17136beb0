// store init.
#include <fmt/format.h>

#include <iostream>

#include "command.hpp"
#include "configuration/known_store.hpp"

namespace postbackd::ctl
{
namespace
{

struct StoreArguments {
  bool anew = false;
};

int init(const Configuration& configuration, const StoreArguments& arguments)
{
  const Fixed::Store& store = configuration.fixed.store;
  const KnownStore known(configuration.file, store.path);
  if (!known.can_note())
    throw base::Failure(
        base::Errc::invalid,
        fmt::format(
            "cannot write '{}', which names the store of this configuration: be the owner of its directory",
            known.file().string()));
  if (store::exists(store.path)) {
    const std::string id = open_store(configuration, store::Access::read)->archive().id();
    known.note(id);
    std::cout << fmt::format("{}: the store {}, which was there, is the one of this configuration\n",
                             store.path.string(), id);
    return exit_good;
  }
  store::StoreOptions options;
  options.path = store.path;
  options.busy_timeout = store.busy_timeout;
  options.deadline = configuration.fixed.deadline;
  if (known.id() && !arguments.anew) options.why_not_made = known.why_not_made();
  const std::string id = store::open(std::move(options))->id();
  known.note(id);
  std::cout << fmt::format("{}: made, the store {}\n", store.path.string(), id);
  return exit_good;
}

} // namespace

void add_store_commands(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<StoreArguments>();
  base::CommandLine* store = app.add_subcommand("store", "The store of a configuration");
  store->require_subcommand(1);
  add_command(*store, "init",
              "Makes an empty store, and notes beside the configuration that there is one; one that is there "
              "already is noted only",
              command, arguments, init)
      ->add_flag("--new", arguments->anew, "Also in place of one that is lost");
}

} // namespace postbackd::ctl
