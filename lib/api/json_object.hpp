#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::api
{

// Writes a JSON object whose absent facts have no member.
class JsonObject
{
public:
  JsonObject() { writer_.begin_object(); }

  void add(std::string_view name, std::string_view value)
  {
    if (!value.empty()) writer_.key(name).string(value);
  }
  void add_json(std::string_view name, const std::string& json)
  {
    if (!json.empty()) writer_.key(name).raw(json);
  }
  void add(std::string_view name, std::optional<base::TimePoint> time)
  {
    if (time) writer_.key(name).string(text::format_time(*time));
  }
  void add(std::string_view name, std::optional<std::int64_t> number)
  {
    if (number) writer_.key(name).number(*number);
  }
  void add_flag(std::string_view name, bool value) { writer_.key(name).boolean(value); }
  std::string text() { return std::string(writer_.end_object().text()); }

private:
  text::JsonWriter writer_;
};

} // namespace postbackd::api
