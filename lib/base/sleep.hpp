#pragma once

#include <chrono>
#include <stop_token>

namespace postbackd::base
{

// Sleeps for `time`; returns at once when a stop is requested.
void sleep_for(std::chrono::milliseconds time, const std::stop_token& stop);

} // namespace postbackd::base
