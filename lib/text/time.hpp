#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace postbackd::text
{

// Returns `2026-01-31T23:59:59.123Z`: UTC, ISO 8601, milliseconds, sortable as text. Every time in the store
// has this form.
std::string format_time(base::TimePoint time);
// The same; nothing for no time.
std::optional<std::string> format_any_time(std::optional<base::TimePoint> time);

// Returns the day in UTC: `2026-01-31`.
std::string day_of(base::TimePoint time);

// Parses ISO 8601: a day, optionally with a time, any fraction and a zone: `2026-01-31T23:59:59.1234567Z`,
// `2026-01-31 21:59-03:00`. Without a zone it is that of a place so far ahead of UTC.
std::optional<base::TimePoint> parse_time(std::string_view text,
                                          std::chrono::minutes ahead = std::chrono::minutes(0));
// Parses a zone, `Z` or `-03:00`: how far it is ahead of UTC.
std::optional<std::chrono::minutes> parse_zone(std::string_view text);

// Parses `500ms`, `30s`, `10m`, `2h` or `30d`; returns nullopt if the text has another form or overflows.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// Parses a deadline, a duration from now or a time (`2026-01-31T21:00:00-03:00`), to the duration from now.
std::optional<std::chrono::milliseconds> parse_deadline(std::string_view text, base::TimePoint now);

// Parses `512`, `4KiB`, `1MiB` or `2GiB` to bytes; returns nullopt if the text has another form or overflows.
std::optional<std::uint64_t> parse_size(std::string_view text);

} // namespace postbackd::text
