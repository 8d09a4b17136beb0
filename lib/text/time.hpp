#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace postbackd::text
{

// `2026-01-31T23:59:59.123Z`: UTC, ISO 8601, milliseconds, sortable as text. The form of every time in the
// store.
std::string format_time(base::TimePoint time);

// `2026-01-31`: its day, UTC.
std::string day_of(base::TimePoint time);

// ISO 8601: a day, and perhaps a time with any fraction and a zone: `2026-01-31T23:59:59.1234567Z`,
// `2026-01-31 21:59-03:00`. Without a zone it is UTC.
std::optional<base::TimePoint> parse_time(std::string_view text);

// `500ms`, `30s`, `10m`, `2h`, `30d`; nothing when it is not of that form or overflows.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// `512`, `4KiB`, `1MiB`, `2GiB` in bytes; nothing when it is not of that form or overflows.
std::optional<std::uint64_t> parse_size(std::string_view text);

} // namespace postbackd::text
