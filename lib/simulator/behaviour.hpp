#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace postbackd::simulator
{

// How the simulated platform handles one query: by default it acknowledges and posts the result at once.
struct Behaviour {
  enum class Body { json, form, lone_key, broken };

  std::chrono::milliseconds shortest_delay{0}; // of the postback
  std::chrono::milliseconds longest_delay{0};
  int ack_code = 0;    // other than 0: an error acknowledgement
  int http_status = 0; // other than 0: this status, no acknowledgement; 5xx: accepted nevertheless
  std::chrono::milliseconds ack_delay{0};
  bool lost_ack = false;   // accepted, but the connection closes without an answer
  bool nameless = false;   // acknowledged without a QueryId
  bool garbled = false;    // accepted, but the answer is not JSON
  bool early = false;      // the postback comes before the acknowledgement
  int notice = 0;          // other than 0: a failure notice with this code; the log has the result
  bool silent = false;     // never posts; the log has the result
  bool unlogged = false;   // never posts; the log does not have the query
  int duplicates = 0;      // further posts of the same bytes, one after the other
  bool concurrent = false; // a second post of the same bytes at the same time
  bool expects = false;    // posts with Expect: 100-continue
  Body body = Body::json;
  std::uint64_t size = 0; // minimum size of the result, in bytes
};

// The behaviour of a simulator run: rules, each for a share of the queries.
class Profile
{
public:
  // Parses `name[=value][@percent%], …` (see platform-simulator --help), e.g. `duplicate@10%,delay=1s..5s`.
  static base::Result<Profile> parse(std::string_view text);

  // Draws the behaviour of one query; adds the rules in its q's `simulate{…}`.
  base::Result<Behaviour> choose(std::string_view q, std::mt19937& random) const;

private:
  struct Rule {
    std::string name;
    std::string value;
    double percent = 100;
  };

  static base::Result<void> apply(const Rule& rule, Behaviour& behaviour);

  std::vector<Rule> rules_;
};

// Describes the rules of a profile, for --help.
extern const char* const behaviours_help;

} // namespace postbackd::simulator
