#include "descriptors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sys/resource.h>

#include "base/log.hpp"

namespace postbackd
{
namespace
{

// Of the store, the handlers and the listeners, in round numbers.
constexpr std::size_t other_descriptors = 200;
constexpr std::size_t least_of_api = 8;

std::size_t descriptor_limit()
{
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

} // namespace

void raise_descriptor_limit()
{
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void check_descriptor_limit(std::size_t connections)
{
  const std::size_t limit = descriptor_limit();
  if (limit >= connections + other_descriptors) return;
  base::log::warning(
      "configuration",
      {{"what", fmt::format("[limits] connections = {} needs {} descriptors, and this process may have {}: "
                            "raise LimitNOFILE= of the unit",
                            connections, connections + other_descriptors, limit)}});
}

std::size_t connections_of_api(std::size_t connections)
{
  const std::size_t limit = descriptor_limit();
  const std::size_t taken = connections + other_descriptors;
  const std::size_t left = limit > taken ? (limit - taken) / 2 : 0;
  return std::min(connections, std::max(left, least_of_api));
}

} // namespace postbackd
