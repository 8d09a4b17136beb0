#include "text/time.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace postbackd::text
{
namespace
{

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array duration_units{Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000},
                                    Unit{"d", 86'400'000}};
constexpr std::array size_units{Unit{"", 1}, Unit{"KiB", 1ULL << 10}, Unit{"MiB", 1ULL << 20},
                                Unit{"GiB", 1ULL << 30}};

template<std::size_t N>
std::optional<std::uint64_t> parse_quantity(std::string_view text, const std::array<Unit, N>& units)
{
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{}) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  // A millionth of 2^63 milliseconds is still 292 years: no sum of two of these overflows.
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 1'000'000);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (number > largest / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

// Writes the number's last digits so that they end before `end`.
void put_digits(char* end, unsigned number, int count)
{
  for (; count > 0; --count, number /= 10)
    *--end = static_cast<char>('0' + number % 10);
}

} // namespace

// By hand: it is called several times for each postback, and a general formatter takes five times as long.
std::string format_time(base::TimePoint time)
{
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto millisecond = static_cast<unsigned>((time - day).count());
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(&text[4], static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put_digits(&text[7], static_cast<unsigned>(date.month()), 2);
  put_digits(&text[10], static_cast<unsigned>(date.day()), 2);
  put_digits(&text[13], millisecond / 3'600'000, 2);
  put_digits(&text[16], millisecond / 60'000 % 60, 2);
  put_digits(&text[19], millisecond / 1'000 % 60, 2);
  put_digits(&text[23], millisecond % 1'000, 3);
  return text;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
  const auto amount = parse_quantity(text, duration_units);
  if (!amount) return std::nullopt;
  return std::chrono::milliseconds(*amount);
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse_quantity(text, size_units); }

} // namespace postbackd::text
