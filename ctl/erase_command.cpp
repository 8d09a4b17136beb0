// erase.
#include "erase_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>

#include "base/plain_text.hpp"
#include "command.hpp"
#include "progress.hpp"
#include "store/file_name.hpp"

namespace postbackd::ctl
{
namespace
{

struct EraseArguments {
  std::string document;
  std::string email;
  std::string query;
  std::int64_t receipt = 0; // 0: none
  bool dry_run = false;
};

store::ToErase what_to_erase(const EraseArguments& arguments)
{
  store::ToErase which;
  if (!arguments.query.empty()) which.query = arguments.query;
  if (arguments.receipt != 0) which.receipt = static_cast<model::Receipt>(arguments.receipt);
  if (!arguments.document.empty()) {
    which.subject = model::DataSubject::of_document(arguments.document);
    if (!which.subject)
      throw base::Failure(base::Errc::invalid,
                          "--document: expected a CPF (11 digits) or a CNPJ (14 digits)");
  }
  if (!arguments.email.empty()) {
    which.subject = model::DataSubject::of_email(arguments.email);
    if (!which.subject)
      throw base::Failure(base::Errc::invalid, "--email: expected an address such as ana@example.com");
  }
  return which;
}

// An erasure is not complete while a copy may have what was erased. Returns whether there is one.
bool name_copies(const std::filesystem::path& path)
{
  const auto copies = store::copies_beside(path);
  for (const auto& copy : copies)
    std::cerr << fmt::format("'{}' was not looked into, and may have it too: delete it\n", copy.string());
  return !copies.empty();
}

// Nor while the store that has moved is still at its old place.
bool name_old_place(const Configuration& configuration)
{
  if (!configuration.moved_from) return false;
  const Fixed::Store& old = *configuration.moved_from;
  std::cerr << fmt::format(
      "{}, from where the store has moved, was not looked into, and may have it too: delete it\n",
      old.url.empty() ? old.path.string() : "the database");
  return true;
}

// Nor while there are bodies into which nobody can look. Returns whether there are.
bool name_opaque(const std::vector<std::int64_t>& receipts)
{
  constexpr std::size_t most_named = 20;
  if (receipts.empty()) return false;
  const std::vector<std::int64_t> named(
      receipts.begin(),
      receipts.begin() + static_cast<std::ptrdiff_t>(std::min(receipts.size(), most_named)));
  std::cerr << fmt::format(
      "{} postbacks are compressed, or in a charset, that nobody can read, and may have it "
      "too: {}{}. See `postbackctl body RECEIPT`; `postbackctl erase --receipt RECEIPT` "
      "erases one\n",
      receipts.size(), fmt::join(named, ", "), receipts.size() > most_named ? ", …" : "");
  return true;
}

bool name_what_is_left(const std::vector<std::string>& left)
{
  for (const std::string& what : left)
    std::cerr << base::as_line("it is still in " + what) << '\n';
  if (!left.empty()) std::cerr << "run the command again; delete a file that stays\n";
  return !left.empty();
}

int erase(const Configuration& configuration, const EraseArguments& arguments)
{
  const store::ToErase which = what_to_erase(arguments);
  const auto store = open_store(configuration, store::Access::write);
  store::Erased erased;
  {
    const Progress progress;
    erased = store->archive().erase(
        which, who_runs_this(), arguments.dry_run, now(),
        [&](std::int64_t done, std::int64_t total) { progress.show("searched", done, total); });
  }
  std::vector<std::string> left;
  if (!arguments.dry_run) left = store->archive().complete_erasure(which); // also of an interrupted one
  std::cout << fmt::format("{}: {}\n", arguments.dry_run ? "would be erased" : "erased", to_text(erased));
  if (const std::string copies = store->archive().beyond_reach(); !copies.empty() && !arguments.dry_run)
    std::cerr << "not looked into: " << copies << '\n';
  const bool copies = configuration.fixed.store.url.empty() && name_copies(configuration.fixed.store.path);
  const bool old_place = name_old_place(configuration);
  const bool opaque = name_opaque(erased.opaque);
  if ((name_what_is_left(left) || copies || old_place || opaque) && !arguments.dry_run) return exit_failed;
  return erased.is_nothing() ? exit_not_found : exit_good;
}

} // namespace

std::string to_text(const store::Erased& erased)
{
  return fmt::format("{} queries, {} postbacks, {} Fanbase objects, {} app events", erased.queries,
                     erased.postbacks, erased.objects, erased.app_events);
}

void add_erase_command(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<EraseArguments>();
  base::CommandLine* erasing =
      add_command(app, "erase", "Erases what the store has of a person, of a query, or of a postback",
                  command, arguments, erase);
  auto* which = erasing->add_option_group("which");
  which->add_option("--document", arguments->document, "A CPF or a CNPJ, with or without punctuation");
  which->add_option("--email", arguments->email, "An e-mail address");
  which->add_option("--query", arguments->query, "The id or the QueryId of a query");
  which->add_option("--receipt", arguments->receipt, "The receipt of a postback; its query goes with it");
  which->require_option(1);
  erasing->add_flag("--dry-run", arguments->dry_run, "Only says how much");
}

} // namespace postbackd::ctl
