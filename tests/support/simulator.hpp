#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace postbackd::test
{

// A running platform-simulator.
class Simulator
{
public:
  explicit Simulator(const std::vector<std::string>& arguments = {})
  {
    std::vector<std::string> command{program("platform-simulator"), "--port", "0"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    process_ = std::make_unique<Process>(command, Process::Options{{}, false, directory_ / "log", -1});
    const std::string mark = "listening on ";
    const bool ready = eventually([&] {
      return log().find(mark) != std::string::npos && log().find('\n', log().find(mark)) != std::string::npos;
    });
    if (!ready) throw std::runtime_error("platform-simulator does not start: " + log());
    const std::string text = log();
    const std::size_t at = text.find(mark) + mark.size();
    url_ = text.substr(at, text.find('\n', at) - at);
  }

  const std::string& url() const { return url_; }
  std::string log() const { return read_file(directory_ / "log"); }
  // Returns the answer to GET /record.
  std::string record() const { return run({"curl", "-sS", url_ + "/record"}).out; }

  // Returns [platform] for a daemon; writes the credentials into the folder.
  std::string section(const TemporaryDirectory& directory, const std::string& more = "") const
  {
    const auto access_token = directory.write("access_token", "simulated-access-token\n");
    const auto token_id = directory.write("token_id", "simulated-token-id\n");
    return "[platform]\nbase_url = \"" + url_ + "\"\naccess_token = \"file:" + access_token.string() +
           "\"\ntoken_id = \"file:" + token_id.string() + "\"\n" + more;
  }

private:
  TemporaryDirectory directory_;
  std::unique_ptr<Process> process_;
  std::string url_;
};

// More of [platform], for a platform that is near.
inline const std::string quick =
    "rate = 100000.0\nconcurrency = 16\ntimeout = \"2s\"\n"
    "retry = { first = \"100ms\", factor = 1.0, max = \"100ms\", attempts = 5 }\n";

} // namespace postbackd::test
