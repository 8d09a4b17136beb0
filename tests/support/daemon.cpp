#include "support/daemon.hpp"

#include <csignal>
#include <iterator>
#include <stdexcept>

namespace postbackd::test
{
namespace
{

std::string configuration_text(const Daemon::Options& options, const TemporaryDirectory& directory,
                               const std::filesystem::path& store)
{
  return "[store]\npath = \"" + store.string() + "\"\n" + options.store +
         "\n[listen]\nport = 0\npublic_url = \"" + options.public_url + "\"\n" +
         (options.listen.find("address") == std::string::npos ? "address = \"127.0.0.1\"\n" : "") +
         options.listen + "\n[limits]\n" + options.limits +
         "\n[[route]]\npath = \"/postback\"\npostbacksecret = [\"file:" + (directory / "secret").string() +
         "\"]\n" + options.route + "\n" + options.more;
}

} // namespace

Daemon::Daemon(const Options& options) : options_(options)
{
  directory_.write("secret", "test-secret\n");
  directory_.write("conf.d/test.toml",
                   "[process]\ncore_dumps = true\n"); // so that a test may look into /proc
  directory_.write("postbackd.toml", configuration_text(options_, directory_, store()));
  start();
}

void Daemon::start()
{
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

std::string Daemon::sqlite(const std::string& sql) const
{
  Output output = run({"sqlite3", "-batch", "-cmd", ".timeout 10000", store().string(), sql});
  if (output.code != 0) throw std::runtime_error("sqlite3: " + output.out);
  if (output.out.ends_with('\n')) output.out.pop_back();
  return output.out;
}

std::size_t Daemon::descriptors_at_rest() const
{
  if (!eventually([this] { return log().find("event=leading service=maintenance") != std::string::npos; }))
    throw std::runtime_error("postbackd does not lead:\n" + log());
  return open_descriptors();
}

std::size_t Daemon::open_descriptors() const
{
  const std::filesystem::directory_iterator descriptors("/proc/" + std::to_string(pid()) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

} // namespace postbackd::test
