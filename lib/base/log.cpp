#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>

#include "base/ascii.hpp"

namespace postbackd::base::log
{
namespace
{

constexpr std::size_t longest_value = 512;

spdlog::level::level_enum to_spdlog(Level level)
{
  switch (level) {
  case Level::debug:
    return spdlog::level::debug;
  case Level::info:
    return spdlog::level::info;
  case Level::warning:
    return spdlog::level::warn;
  case Level::error:
    return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool under_journal() { return std::getenv("JOURNAL_STREAM") != nullptr; }

spdlog::logger& logger()
{
  static const auto instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("postbackd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(under_journal() ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                      spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

// The journal reads a line's priority from its first characters (sd-daemon(3)).
std::string_view journal_prefix(Level level)
{
  switch (level) {
  case Level::debug:
    return "<7>";
  case Level::info:
    return "<6>";
  case Level::warning:
    return "<4>";
  case Level::error:
    return "<3>";
  }
  return "";
}

bool is_plain(char c) { return c > ' ' && c != '"' && c != '=' && c != '\\' && c != '\x7f'; }

void append_escaped(std::string& line, char c)
{
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\')
    (line += '\\') += c;
  else if (byte < 0x20 || byte == 0x7f)
    ((line += "\\x") += hex_digit(byte >> 4)) += hex_digit(byte & 0xF);
  else
    line += c;
}

void append_value(std::string& line, std::string_view value)
{
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain) && value.size() <= longest_value) {
    line += value;
    return;
  }
  line += '"';
  for (char c : value.substr(0, longest_value))
    append_escaped(line, c);
  line += value.size() > longest_value ? "…\"" : "\"";
}

} // namespace

std::string format(std::string_view event, Fields fields)
{
  std::string line = "event=";
  line += event;
  for (const Field& field : fields) {
    ((line += ' ') += field.key) += '=';
    append_value(line, field.value);
  }
  return line;
}

void configure(Level lowest) { logger().set_level(to_spdlog(lowest)); }

void write(Level level, std::string_view event, Fields fields)
{
  if (!logger().should_log(to_spdlog(level))) return;
  std::string line = format(event, fields);
  if (under_journal()) line.insert(0, journal_prefix(level));
  logger().log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void debug(std::string_view event, Fields fields) { write(Level::debug, event, fields); }
void info(std::string_view event, Fields fields) { write(Level::info, event, fields); }
void warning(std::string_view event, Fields fields) { write(Level::warning, event, fields); }
void error(std::string_view event, Fields fields) { write(Level::error, event, fields); }

} // namespace postbackd::base::log
