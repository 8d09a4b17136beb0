#include "base/log.hpp"

#include <climits>
#include <fmt/chrono.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <poll.h>
#include <unistd.h>

#include "base/plain_text.hpp"
#include "base/recent_log.hpp"

namespace postbackd::base::log
{
namespace
{

constexpr std::size_t longest_value = 512;
// Where the texts of a JSON line end, so that it is whole: what is beyond PIPE_BUF is cut.
constexpr std::size_t end_of_texts = PIPE_BUF - 1024;

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

bool is_plain(char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '=' && c != '\\'; }

std::string quoted(std::string_view value)
{
  std::string text;
  for (char c : value.substr(0, longest_value)) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return '"' + as_line(text) + (value.size() > longest_value ? "…\"" : "\"");
}

void append_value(std::string& line, std::string_view value)
{
  const bool plain = !value.empty() && std::all_of(value.begin(), value.end(), is_plain);
  if (plain && value.size() <= longest_value)
    line += value;
  else
    line += quoted(value);
}

std::atomic<bool> is_json = false;

constexpr std::string_view word_of(Level level)
{
  constexpr std::string_view words[] = {"debug", "info", "warning", "error"};
  return words[static_cast<std::size_t>(level)];
}

std::string utc_now()
{
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:}{:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     now.time_since_epoch());
}

void append_json(std::string& line, std::string_view text)
{
  line += '"';
  for (const char c : as_line(text.substr(0, longest_value))) {
    const bool begins_character = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (begins_character && line.size() > end_of_texts) break;
    if (c == '"' || c == '\\') line += '\\';
    line += c;
  }
  line += '"';
}

std::string to_line(Level level, std::string_view event, Fields fields)
{
  if (is_json) return format_json(level, event, fields, utc_now());
  return (is_under_journal() ? std::string(journal_prefix(level)) : std::string()) + format(event, fields);
}

// Standard error, or output. A line that nobody makes room for is counted and dropped: no request waits for a
// reader of the log. A write of up to PIPE_BUF bytes does not block a pipe that poll(2) calls writable, nor
// the journal's socket.
class Standard final : public spdlog::sinks::base_sink<std::mutex>
{
  void sink_it_(const spdlog::details::log_msg& message) override
  {
    // Asks before each write: the first may have taken the last room.
    if (dropped_ > 0 && is_writable()) report_dropped();
    if (is_writable())
      put(message);
    else
      ++dropped_;
  }
  void flush_() override {}

public:
  // Any thread.
  std::atomic<int> descriptor = STDERR_FILENO;

private:
  bool is_writable() const
  {
    pollfd place{descriptor, POLLOUT, 0};
    return ::poll(&place, 1, 0) == 1 && (place.revents & POLLOUT) != 0;
  }

  void report_dropped()
  {
    const std::string line =
        to_line(Level::warning, "log_lines_dropped", {{"count", dropped_}, {"why", "nobody read the log"}});
    dropped_ = 0;
    put(spdlog::details::log_msg("", spdlog::level::warn, line));
  }

  void put(const spdlog::details::log_msg& message)
  {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (line.size() > PIPE_BUF) {
      line.resize(PIPE_BUF);
      line[PIPE_BUF - 1] = '\n';
    }
    static_cast<void>(!::write(descriptor, line.data(), line.size())); // there is nobody to tell
  }

  std::size_t dropped_ = 0;
};

const std::shared_ptr<Standard>& sink()
{
  static const auto instance = std::make_shared<Standard>();
  return instance;
}

spdlog::logger& logger()
{
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("postbackd", sink());
    made->set_pattern(is_under_journal() ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                      spdlog::pattern_time_type::utc);
    return made;
  }();
  return *instance;
}

} // namespace

std::string format(std::string_view event, Fields fields)
{
  std::string line = "event=";
  line += event;
  for (const Field& field : fields) {
    if (!field.is_known) continue;
    ((line += ' ') += field.key) += '=';
    append_value(line, field.value);
  }
  return line;
}

std::string format_json(Level level, std::string_view event, Fields fields, std::string_view time)
{
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":"{}")", time, word_of(level), event);
  for (const Field& field : fields) {
    if (!field.is_known) continue;
    line += fmt::format(R"(,"{}":)", field.key);
    if (field.is_number)
      line += field.value;
    else
      append_json(line, field.value);
  }
  return line + '}';
}

bool is_under_journal() { return std::getenv("JOURNAL_STREAM") != nullptr; }

void configure(Level lowest, bool as_json)
{
  logger().set_level(to_spdlog(lowest));
  if (is_json.exchange(as_json) == as_json) return;
  sink()->descriptor = as_json ? STDOUT_FILENO : STDERR_FILENO;
  logger().set_pattern(as_json || is_under_journal() ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                       spdlog::pattern_time_type::utc);
}

void write(Level level, std::string_view event, Fields fields)
{
  if (!logger().should_log(to_spdlog(level))) return;
  const std::string line = to_line(level, event, fields);
  if (level != Level::debug) remember(event, is_json ? line : format_json(level, event, fields, utc_now()));
  logger().log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void debug(std::string_view event, Fields fields) { write(Level::debug, event, fields); }
void info(std::string_view event, Fields fields) { write(Level::info, event, fields); }
void warning(std::string_view event, Fields fields) { write(Level::warning, event, fields); }
void error(std::string_view event, Fields fields) { write(Level::error, event, fields); }

} // namespace postbackd::base::log
