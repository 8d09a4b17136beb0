#pragma once

#include <cstddef>

namespace postbackd
{

// The descriptors of the process, of which each connection takes one.

// Raises how many it may have to the hard limit.
void raise_descriptor_limit();
// Says so in the log when they are fewer than the connections of [limits].
void check_descriptor_limit(std::size_t connections);
// Returns how many connections each of the API's two listeners may have, so that the receiver keeps its own:
// `connections`, or fewer if there are not so many descriptors.
std::size_t connections_of_api(std::size_t connections);

} // namespace postbackd
