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

// Written by hand: called several times per postback, and a general formatter takes five times as long.
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

namespace
{

// Reads a text from its beginning; holds the rest.
class Reader
{
public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  bool at_end() const { return rest_.empty(); }
  // Reads one of these characters.
  std::optional<char> one_of(std::string_view characters)
  {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  // Reads exactly `count` digits.
  std::optional<int> digits(std::size_t count)
  {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') return std::nullopt;
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return number;
  }
  // Reads the digits after a decimal point, at least one, as milliseconds.
  std::optional<int> fraction()
  {
    int milliseconds = 0;
    int unit = 100;
    auto digit = digits(1);
    if (!digit) return std::nullopt;
    for (; digit; digit = digits(1), unit /= 10)
      milliseconds += *digit * unit;
    return milliseconds;
  }

private:
  std::string_view rest_;
};

std::optional<std::chrono::milliseconds> read_clock(Reader& reader)
{
  const auto hour = reader.digits(2);
  const bool colon = reader.one_of(":").has_value();
  const auto minute = reader.digits(2);
  if (!hour || !colon || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  std::chrono::milliseconds time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (!reader.one_of(":")) return time;
  const auto second = reader.digits(2);
  if (!second || *second > 60) return std::nullopt;
  time += std::chrono::seconds(*second);
  if (!reader.one_of(".,")) return time;
  const auto fraction = reader.fraction();
  if (!fraction) return std::nullopt;
  return time + std::chrono::milliseconds(*fraction);
}

// Reads the zone; returns how far it is ahead of UTC.
std::optional<std::chrono::minutes> read_zone(Reader& reader)
{
  if (reader.one_of("Zz")) return std::chrono::minutes(0);
  const auto sign = reader.one_of("+-");
  const auto hour = reader.digits(2);
  reader.one_of(":");
  const auto minute = reader.at_end() ? std::optional(0) : reader.digits(2);
  if (!sign || !hour || !minute || *hour > 15 || *minute > 59) return std::nullopt;
  const std::chrono::minutes ahead = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  return *sign == '-' ? -ahead : ahead;
}

} // namespace

std::string day_of(base::TimePoint time) { return format_time(time).substr(0, 10); }

std::optional<std::chrono::minutes> parse_zone(std::string_view text)
{
  Reader reader(text);
  const auto ahead = read_zone(reader);
  return reader.at_end() ? ahead : std::nullopt;
}

std::optional<base::TimePoint> parse_time(std::string_view text, std::chrono::minutes ahead)
{
  Reader reader(text);
  const auto year = reader.digits(4);
  const bool dash = reader.one_of("-").has_value();
  const auto month = reader.digits(2);
  const bool second_dash = reader.one_of("-").has_value();
  const auto day = reader.digits(2);
  if (!year || !dash || !month || !second_dash || !day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const base::TimePoint midnight = std::chrono::sys_days(date);
  if (reader.at_end()) return midnight - ahead;
  if (!reader.one_of("T ")) return std::nullopt;
  const auto time = read_clock(reader);
  if (!time) return std::nullopt;
  if (reader.at_end()) return midnight + *time - ahead;
  const auto zone = read_zone(reader);
  if (!zone || !reader.at_end()) return std::nullopt;
  return midnight + *time - *zone;
}

std::optional<std::string> format_any_time(std::optional<base::TimePoint> time)
{
  return time ? std::optional(format_time(*time)) : std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
  const auto amount = parse_quantity(text, duration_units);
  if (!amount) return std::nullopt;
  return std::chrono::milliseconds(*amount);
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse_quantity(text, size_units); }

std::optional<std::chrono::milliseconds> parse_deadline(std::string_view text, base::TimePoint now)
{
  if (const auto duration = parse_duration(text)) return duration;
  const auto time = parse_time(text);
  return time && *time > now ? std::optional(*time - now) : std::nullopt;
}

} // namespace postbackd::text
