#include "support/postgresql_server.hpp"

#include <csignal>
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

std::filesystem::path new_folder()
{
  std::string name = "/tmp/postbackd-pg.XXXXXX";
  if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
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

PostgresqlServer::PostgresqlServer() : folder_(new_folder())
{
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
  server_ = std::make_unique<Process>(
      std::vector<std::string>{program("postgres"), "-D", folder_ / "data", "-k", folder_, "-c",
                               "listen_addresses=", "-c", "shared_buffers=64MB", "-c", "fsync=off", "-c",
                               "max_connections=200", "-c", "log_min_messages=fatal"},
      options);
  const auto answers = [this] {
    return run({program("pg_isready"), "-q", "-h", folder_, "-d", "postgres"}, not_root).code == 0;
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

std::string PostgresqlServer::url(const std::string& database) const
{
  return "postgresql:///" + database + "?host=" + folder_.string() + "&user=postbackd";
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

std::string PostgresqlServer::new_database()
{
  const std::string name = "store_" + std::to_string(++databases_);
  psql(url("postgres"), "CREATE DATABASE " + name);
  return url(name);
}

} // namespace postbackd::test
