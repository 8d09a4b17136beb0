#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/client.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace postbackd::test
{

// The real daemon with a store in its own folder, the route /postback and the secret `test-secret`.
class Daemon
{
public:
  struct Options {
    std::string listen;             // more lines for [listen]
    std::string limits;             // lines of [limits]
    std::string store;              // more lines for [store]
    std::string route;              // more lines for the [[route]]
    std::string more;               // further tables
    std::vector<std::string> under; // a program to run it under, e.g. strace
    std::map<std::string, std::string> environment;
    std::filesystem::path folder; // of the store; empty: its own
    std::string public_url = "http://127.0.0.1";
    int inherited_socket = -1;
    int inherited_api_socket = -1;
  };

  Daemon() : Daemon(Options()) {}
  explicit Daemon(const Options& options);

  void hang_up(); // SIGHUP
  // Starts it again on the same store, with the same configuration.
  void start();
  void kill() { process_->send_signal(9), process_->wait(); }
  // Sends SIGTERM; returns the exit code.
  int stop();

  unsigned short port() const { return port_; }
  pid_t pid() const { return process_->pid(); }
  bool is_running() { return process_->is_running(); }
  std::filesystem::path store() const
  {
    return (options_.folder.empty() ? directory_.path() : options_.folder) / "store.sqlite3";
  }
  std::filesystem::path configuration() const { return directory_ / "postbackd.toml"; }
  const TemporaryDirectory& directory() const { return directory_; }
  std::string log() const { return read_file(directory_ / "log"); }

  Answer post(const std::string& body) const { return send(port_, Post{.body = body}); }

  // Runs postbackctl with this configuration; throws unless its exit code is 0.
  std::string ctl(std::vector<std::string> arguments) const;
  // Runs one statement with the sqlite3 program, as any other program could; returns its output without the
  // last newline.
  std::string sqlite(const std::string& sql) const;
  // Once it leads, which opens files after the start.
  std::size_t descriptors_at_rest() const;
  std::size_t open_descriptors() const;

private:
  unsigned short read_port() const;

  TemporaryDirectory directory_;
  Options options_;
  std::unique_ptr<Process> process_;
  unsigned short port_ = 0;
};

} // namespace postbackd::test
