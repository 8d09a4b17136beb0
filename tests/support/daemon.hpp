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

// Whether the daemons of this program keep their store in a PostgreSQL database of their own, and not in a
// file: POSTBACKD_TEST_STORE=postgresql. What cannot hold there stands in tests/daemon/on_a_file_only.txt.
bool is_on_server();
// Rows of psql as sqlite3 prints them: true as 1.
std::string as_by_sqlite3(const std::string& rows);

// The real daemon with a store of its own, the route /postback and the secret `test-secret`.
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
    std::filesystem::path folder; // of the store, and its state directory; empty: its own
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
  const std::filesystem::path& folder() const
  {
    return options_.folder.empty() ? directory_.path() : options_.folder;
  }
  std::filesystem::path store() const { return folder() / "store.sqlite3"; } // of a file only
  std::filesystem::path configuration() const { return directory_ / "postbackd.toml"; }
  const TemporaryDirectory& directory() const { return directory_; }
  std::string log() const { return read_file(directory_ / "log"); }

  Answer post(const std::string& body) const { return send(port_, Post{.body = body}); }

  // Runs postbackctl with this configuration; throws unless its exit code is 0.
  std::string ctl(std::vector<std::string> arguments) const;
  // Runs one statement with the program of the store (sqlite3, psql), as any other program could; returns its
  // rows as lines of `a|b`, true as 1 and NULL as nothing. In SQL of both; group_concat is there too.
  std::string query(const std::string& sql) const;
  // Starts such a program with many statements; each is a transaction of its own.
  Process start_script(const std::string& statements) const;
  // All that is in the store, as SQL.
  std::string dump() const;
  // Another program that has begun to write into the store, and neither goes on nor ends by itself.
  Process hold() const;
  // By the tools of the store's kind: postbackctl; pg_dump and pg_restore. The daemon must have ended.
  void back_up(const std::string& file) const;
  void restore(const std::string& file) const;
  // But for those of the store's files: its check after the start opens them once more, for as long as it
  // takes.
  std::size_t open_descriptors() const;
  std::size_t descriptors_at_rest() const; // once it leads, which opens files after the start

private:
  std::string store_lines() const;
  std::string search_url() const; // of its database, where names need no schema
  unsigned short read_port() const;

  TemporaryDirectory directory_;
  Options options_;
  std::unique_ptr<Process> process_;
  unsigned short port_ = 0;
};

} // namespace postbackd::test
