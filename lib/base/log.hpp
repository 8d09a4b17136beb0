#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

// Writes one event per line to standard error: `event=listening address=0.0.0.0 port=8080`.
// error = we failed somebody, look today; warning = the other side failed; info = start, stop, configuration;
// debug = all else. Never a secret, a body or a query string. Never blocks: lines that nobody reads are
// dropped, and their number is logged.
namespace postbackd::base::log
{

struct Field {
  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, std::integral auto number)
      : key(name), value(std::to_string(number)), is_number(true)
  {
  }

  // Without a text, the line says nothing of it.
  static Field if_known(std::string_view name, std::optional<std::string_view> text)
  {
    Field field(name, text.value_or(""));
    field.is_known = text.has_value();
    return field;
  }

  std::string_view key;
  std::string value;
  bool is_known = true;
  bool is_number = false;
};

using Fields = std::initializer_list<Field>;

enum class Level { debug, info, warning, error };

// Returns whether systemd's journal reads standard error.
bool is_under_journal();

// Makes the log drop lines below this level. Under systemd (JOURNAL_STREAM) lines have the journal's priority
// instead of the time. `as_json`: a JSON object a line, on standard output.
void configure(Level lowest, bool as_json = false);

void debug(std::string_view event, Fields fields = {});
void info(std::string_view event, Fields fields = {});
void warning(std::string_view event, Fields fields = {});
void error(std::string_view event, Fields fields = {});
void write(Level level, std::string_view event, Fields fields);

// Returns `event=… key=value …`, without what is not known. Quotes a value with a space, a quote, `=` or what
// is not ASCII, escapes what is not printable UTF-8 (plain_text.hpp), and cuts it at 512 bytes, so that no
// sender decides how long our lines are.
std::string format(std::string_view event, Fields fields);
// The same as a JSON object, with the time (UTC) and the level; of many long values the last ones are cut,
// so that the line is shorter than PIPE_BUF.
std::string format_json(Level level, std::string_view event, Fields fields, std::string_view time);

} // namespace postbackd::base::log
