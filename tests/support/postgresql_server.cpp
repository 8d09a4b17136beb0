#include "support/postgresql_server.hpp"

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace postbackd::test
{
namespace
{

const Process::Options not_root{.as_nobody = true};

void must(const std::vector<std::string>& command)
{
  const Output output = run(command, not_root);
  if (output.code != 0) throw std::runtime_error(command.front() + ": " + output.out);
}

std::filesystem::path folder_of(const PostgresqlServer::Options& options)
{
  std::string name = options.folder.string();
  if (name.empty()) {
    name = "/tmp/postbackd-pg.XXXXXX";
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
  }
  if (::geteuid() == 0 && ::chown(name.c_str(), nobody, nobody) != 0)
    throw std::runtime_error("chown failed");
  return name;
}

} // namespace

std::filesystem::path PostgresqlServer::program(const std::string& name)
{
  for (const char* version : {"17", "16", "15"})
    if (std::filesystem::path path = std::string("/usr/lib/postgresql/") + version + "/bin/" + name;
        std::filesystem::exists(path))
      return path;
  return name;
}

PostgresqlServer& PostgresqlServer::of_program()
{
  static PostgresqlServer server;
  return server;
}

PostgresqlServer::PostgresqlServer(const Options& options)
    : folder_(folder_of(options)), settings_(options.settings)
{
  if (options.port != 0) {
    port_ = std::to_string(options.port);
    settings_.insert(settings_.end(), {"listen_addresses=127.0.0.1", "port=" + port_});
  }
  must({program("initdb"), "-D", folder_ / "data", "-A", "trust", "-U", "postbackd", "-E", "UTF8",
        "--locale=C.UTF-8", "--no-sync"});
  start();
}

PostgresqlServer::~PostgresqlServer()
{
  if (server_) {
    server_->send_signal(SIGQUIT);
    server_->wait();
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PostgresqlServer::start()
{
  Process::Options options = not_root;
  options.output = folder_ / "log";
  std::vector<std::string> command{program("postgres"), "-D", folder_ / "data", "-k", folder_};
  for (const std::string setting : {"listen_addresses=", "shared_buffers=64MB", "fsync=off",
                                    "max_connections=200", "log_min_messages=fatal"})
    command.insert(command.end(), {"-c", setting});
  for (const std::string& setting : settings_)
    command.insert(command.end(), {"-c", setting});
  server_ = std::make_unique<Process>(command, options);
  // Whoever worked for one that was killed holds its shared memory for a moment: then it ends at once.
  const auto answers = [&] {
    if (!server_->is_running()) server_ = std::make_unique<Process>(command, options);
    return run({program("pg_isready"), "-q", "-h", folder_, "-p", port_, "-d", "postgres"}, not_root).code ==
           0;
  };
  if (!eventually(answers, std::chrono::seconds(60)))
    throw std::runtime_error("PostgreSQL does not start: " + read_file(folder_ / "log"));
}

void PostgresqlServer::kill()
{
  server_->send_signal(SIGKILL);
  server_->wait();
  server_.reset();
}

void PostgresqlServer::restart_as_replica()
{
  kill();
  must({"touch", folder_ / "data/standby.signal"});
  start();
}

void PostgresqlServer::promote() const { must({program("pg_ctl"), "promote", "-s", "-D", folder_ / "data"}); }

std::string PostgresqlServer::url(const std::string& database) const
{
  return "postgresql:///" + database + "?host=" + folder_.string() + "&port=" + port_ + "&user=postbackd";
}

std::string PostgresqlServer::psql(const std::string& url, const std::string& sql) const
{
  const Output output =
      run({program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url, "-c", sql}, not_root);
  if (output.code != 0) throw std::runtime_error("psql: " + output.out);
  std::string text = output.out;
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

Process PostgresqlServer::start_psql(const std::string& url, const std::string& sql) const
{
  Process::Options options = not_root;
  options.output = folder_ / "psql";
  return Process({program("psql"), "-X", "-q", url, "-c", sql}, options);
}

Process PostgresqlServer::start_script(const std::string& url, const std::string& statements) const
{
  std::ofstream(folder_ / "script.sql") << statements;
  Process::Options options = not_root;
  options.output = folder_ / "psql";
  return Process({program("psql"), "-X", "-q", url, "-f", folder_ / "script.sql"}, options);
}

std::string PostgresqlServer::dump(const std::string& url) const
{
  return run({program("pg_dump"), url}, not_root).out;
}

void PostgresqlServer::dump(const std::string& url, const std::filesystem::path& file) const
{
  const std::filesystem::path ours = folder_ / "dump"; // where its user may write
  must({program("pg_dump"), "--schema=postbackd", "--format=custom", "--file=" + ours.string(), url});
  std::filesystem::copy_file(ours, file, std::filesystem::copy_options::overwrite_existing);
}

void PostgresqlServer::restore(const std::string& url, const std::filesystem::path& file) const
{
  const std::filesystem::path ours = folder_ / "dump";
  std::filesystem::copy_file(file, ours, std::filesystem::copy_options::overwrite_existing);
  psql(url, "DROP SCHEMA postbackd CASCADE");
  must({program("pg_restore"), "--exit-on-error", "--dbname=" + url, ours.string()});
}

std::string PostgresqlServer::new_database()
{
  const std::string name = "store_" + std::to_string(++databases_);
  psql(url("postgres"), "CREATE DATABASE " + name);
  return url(name);
}

} // namespace postbackd::test
