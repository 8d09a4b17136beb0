#include "support/daemon.hpp"

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "support/postgresql_server.hpp"

namespace postbackd::test
{
namespace
{

// What SQLite has and PostgreSQL has not.
constexpr auto helpers = R"(
  CREATE SCHEMA test;
  CREATE FUNCTION test.join(text, anyelement, text) RETURNS text LANGUAGE sql AS
    'SELECT CASE WHEN $2 IS NULL THEN $1 ELSE coalesce($1 || $3, $$$$) || $2::text END';
  CREATE FUNCTION test.join(text, anyelement) RETURNS text LANGUAGE sql AS 'SELECT test.join($1, $2, $$,$$)';
  CREATE AGGREGATE test.group_concat(anyelement) (stype = text, sfunc = test.join);
  CREATE AGGREGATE test.group_concat(anyelement, text) (stype = text, sfunc = test.join))";

// One for each folder: daemons on one folder share their store.
std::string database_of(const std::filesystem::path& folder)
{
  static std::map<std::filesystem::path, std::string> urls;
  std::string& url = urls[folder];
  if (url.empty()) {
    url = PostgresqlServer::of_program().new_database();
    PostgresqlServer::of_program().psql(url, helpers);
  }
  return url;
}

std::string configuration_text(const Daemon::Options& options, const TemporaryDirectory& directory,
                               const std::string& store)
{
  return "[store]\n" + store + options.store + "\n[listen]\nport = 0\npublic_url = \"" + options.public_url +
         "\"\n" + (options.listen.find("address") == std::string::npos ? "address = \"127.0.0.1\"\n" : "") +
         options.listen + "\n[limits]\n" + options.limits +
         "\n[[route]]\npath = \"/postback\"\npostbacksecret = [\"file:" + (directory / "secret").string() +
         "\"]\n" + options.route + "\n" + options.more;
}

} // namespace

std::string as_by_sqlite3(const std::string& rows)
{
  std::string text, field;
  const auto end_field = [&] {
    text += field == "t" ? "1" : field == "f" ? "0" : field;
    field.clear();
  };
  for (const char c : rows) {
    if (c != '|' && c != '\n') {
      field += c;
      continue;
    }
    end_field();
    text += c;
  }
  end_field();
  return text;
}

bool is_on_server()
{
  const char* wanted = std::getenv("POSTBACKD_TEST_STORE");
  return wanted && std::string_view(wanted) == "postgresql";
}

Daemon::Daemon(const Options& options) : options_(options)
{
  directory_.write("secret", "test-secret\n");
  directory_.write("conf.d/test.toml",
                   "[process]\ncore_dumps = true\n"); // so that a test may look into /proc
  directory_.write("postbackd.toml", configuration_text(options_, directory_, store_lines()));
  start();
}

std::string Daemon::store_lines() const
{
  return is_on_server() ? "url = \"" + database_of(folder()) + "\"\n"
                        : "path = \"" + store().string() + "\"\n";
}

void Daemon::start()
{
  if (is_on_server()) ::setenv("STATE_DIRECTORY", folder().c_str(), 1); // for postbackctl too
  std::filesystem::remove(directory_ / "log");
  std::vector<std::string> command = options_.under;
  command.insert(command.end(), {program("postbackd"), "--config", configuration().string()});
  process_ = std::make_unique<Process>(
      command, Process::Options{options_.environment, false, directory_ / "log", options_.inherited_socket,
                                options_.inherited_api_socket});
  const bool started = eventually(
      [this] { return log().find("event=started") != std::string::npos || !process_->is_running(); });
  if (!started || !process_->is_running()) throw std::runtime_error("postbackd does not start:\n" + log());
  port_ = read_port();
}

unsigned short Daemon::read_port() const
{
  const std::string text = log();
  if (text.find("event=listening") == std::string::npos) return 0; // it has not the role to receive
  const std::size_t at = text.find("port=", text.find("event=listening"));
  return static_cast<unsigned short>(std::stoul(text.substr(at + 5)));
}

void Daemon::hang_up() { process_->send_signal(SIGHUP); }

int Daemon::stop()
{
  process_->send_signal(SIGTERM);
  return process_->wait();
}

std::string Daemon::ctl(std::vector<std::string> arguments) const
{
  arguments.insert(arguments.begin(), {program("postbackctl"), "--config", configuration().string()});
  const Output output = run(arguments);
  if (output.code != 0) throw std::runtime_error("postbackctl: " + output.out);
  return output.out;
}

std::string Daemon::query(const std::string& sql) const
{
  if (is_on_server()) return as_by_sqlite3(PostgresqlServer::of_program().psql(search_url(), sql));
  Output output = run({"sqlite3", "-batch", "-cmd", ".timeout 10000", store().string(), sql});
  if (output.code != 0) throw std::runtime_error("sqlite3: " + output.out);
  if (output.out.ends_with('\n')) output.out.pop_back();
  return output.out;
}

Process Daemon::start_script(const std::string& statements) const
{
  if (is_on_server()) return PostgresqlServer::of_program().start_script(search_url(), statements);
  const auto script = directory_.write("script.sql", ".timeout 10000\n" + statements);
  return Process({"sqlite3", "-batch", store().string(), ".read " + script.string()});
}

std::string Daemon::search_url() const
{
  return database_of(folder()) + "&options=-csearch_path%3Dpostbackd,test";
}

std::string Daemon::dump() const
{
  return is_on_server() ? PostgresqlServer::of_program().dump(database_of(folder())) : query(".dump");
}

Process Daemon::hold() const
{
  if (is_on_server())
    return PostgresqlServer::of_program().start_psql(database_of(folder()),
                                                     "SET client_connection_check_interval = 100; BEGIN; "
                                                     "SELECT postbackd.take_turn(); SELECT pg_sleep(600)");
  return Process({"python3", "-c",
                  "import sqlite3, sys, time\n"
                  "s = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
                  "s.execute('BEGIN IMMEDIATE')\n"
                  "time.sleep(600)\n",
                  store().string()});
}

void Daemon::back_up(const std::string& file) const
{
  if (is_on_server())
    PostgresqlServer::of_program().dump(database_of(folder()), file);
  else
    ctl({"backup", file});
}

void Daemon::restore(const std::string& file) const
{
  if (!is_on_server()) {
    ctl({"restore", "--replace", file});
    return;
  }
  PostgresqlServer::of_program().restore(database_of(folder()), file);
  const auto is_noted = [this] { // refused as long as the copy says that a receiver lives
    return run({program("postbackctl"), "--config", configuration().string(), "store", "restored"}).code == 0;
  };
  if (!eventually(is_noted)) throw std::runtime_error("the restored copy is not noted");
}

std::size_t Daemon::descriptors_at_rest() const
{
  if (!eventually([this] { return log().find("event=leading service=maintenance") != std::string::npos; }))
    throw std::runtime_error("postbackd does not lead:\n" + log());
  return open_descriptors();
}

std::size_t Daemon::open_descriptors() const
{
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid()) + "/fd")) {
    std::error_code closed;
    const std::filesystem::path target = std::filesystem::read_symlink(entry.path(), closed);
    count += !closed && !target.string().starts_with(store().string());
  }
  return count;
}

} // namespace postbackd::test
