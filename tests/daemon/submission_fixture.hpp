#pragma once

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <map>
#include <sstream>

#include "support/daemon.hpp"
#include "support/listening_socket.hpp"
#include "support/machine.hpp"
#include "support/simulator.hpp"
#include "text/json_document.hpp"

namespace postbackd::test
{

// A daemon that submits to a simulator, and a handler that records what it was given.
struct SubmissionFixture {
  TemporaryDirectory directory;
  ListeningSocket socket;

  std::string path(const std::string& name) const { return (directory / name).string(); }

  Daemon::Options options(const Simulator& simulator, const std::string& platform = "") const
  {
    Daemon::Options options;
    options.public_url = "http://127.0.0.1:" + std::to_string(socket.port());
    options.inherited_socket = socket.descriptor();
    options.more = simulator.section(directory, platform) +
                   "[[handler]]\nname = \"log\"\nkind = \"file\"\npath = \"" + path("results") +
                   "\"\n[admin]\nsocket = \"" + path("admin") + "\"\n[api]\nsocket = \"" + path("api") +
                   "\"\n";
    return options;
  }

  // Returns how often the handler was given each q. A kill in the middle of a line leaves half of it, and the
  // delivery runs again.
  std::map<std::string, int> given(int most_half_lines = 0) const
  {
    std::map<std::string, int> counts;
    int half_lines = 0;
    std::ifstream file(directory / "results");
    for (std::string line; std::getline(file, line);) {
      const auto document = text::JsonDocument::parse(line);
      if (!document && ++half_lines <= most_half_lines) continue;
      BOOST_REQUIRE_MESSAGE(document.has_value(), line);
      const auto result = document->root().find("document").find("Result").elements();
      BOOST_REQUIRE(!result.empty());
      ++counts[std::string(result.front().find("MatchKeys").text())];
    }
    return counts;
  }

  static std::string q_of(int number, const std::string& behaviour)
  {
    return "doc{" + std::to_string(number) + "}" + (behaviour.empty() ? "" : ",simulate{" + behaviour + "}");
  }

  // Returns how often the simulator has accepted each q.
  static std::map<std::string, int> accepted(const Simulator& simulator)
  {
    std::map<std::string, int> counts;
    const auto record = text::JsonDocument::parse(simulator.record());
    BOOST_REQUIRE(record.has_value());
    for (const text::JsonNode& query : record->root().find("Accepted").elements())
      ++counts[std::string(query.find("q").text())];
    return counts;
  }
};

} // namespace postbackd::test
