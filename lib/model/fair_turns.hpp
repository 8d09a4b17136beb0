#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace postbackd::model
{

// Decides whose submission is sent next. Clients take turns, and so do the lanes (groups) of each client: a
// batch of ten thousand delays nobody else's single query by more than one.
class FairTurns
{
public:
  struct Lane {
    std::int64_t id = 0;
    std::string client;
  };

  // Returns the index of the lane whose turn it is. `lanes` are those that have something to send, at least
  // one.
  std::size_t next(const std::vector<Lane>& lanes);

private:
  std::string last_client_;
  std::map<std::string, std::int64_t> last_lanes_; // by client, of those that have something to send
};

} // namespace postbackd::model
