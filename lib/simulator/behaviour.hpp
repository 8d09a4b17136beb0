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

// What the simulated platform does with one query: by default it acknowledges, and posts the result soon.
struct Behaviour {
  enum class Body { json, form, lone_key, broken };

  std::chrono::milliseconds shortest_delay{0}; // of the postback
  std::chrono::milliseconds longest_delay{0};
  int ack_code = 0;    // other than 0: an error acknowledgement
  int http_status = 0; // other than 0: this status and no acknowledgement; 5xx: accepted all the same
  std::chrono::milliseconds ack_delay{0};
  bool lost_ack = false;   // accepted, and the connection ends without a word
  bool nameless = false;   // acknowledged without a QueryId
  bool garbled = false;    // accepted, and the answer is no JSON
  bool early = false;      // the postback before the acknowledgement
  int notice = 0;          // other than 0: a failure notice with this code; the log has the result
  bool silent = false;     // never posts; the log has the result
  bool unlogged = false;   // never posts, and the log does not know it
  int duplicates = 0;      // further posts of the same bytes, one after the other
  bool concurrent = false; // a second post of the same bytes at the same time
  bool expects = false;    // posts with Expect: 100-continue
  Body body = Body::json;
  std::uint64_t size = 0; // of the result, at least
};

// What a run of the simulator does: rules, each for a part of the queries.
class Profile
{
public:
  // `name[=value][@percent%], …`, as `duplicate@10%,lost-ack@5%,delay=1s..5s` (platform-simulator --help).
  static base::Result<Profile> parse(std::string_view text);

  // Draws for one query; what it says of itself in `simulate{…}` within its q is added.
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

// What may stand in a profile, for --help.
extern const char* const behaviours_help;

} // namespace postbackd::simulator
