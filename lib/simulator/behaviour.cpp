#include "simulator/behaviour.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "text/time.hpp"

namespace postbackd::simulator
{
namespace
{

const std::map<std::string, bool Behaviour::*> flags{
    {"early", &Behaviour::early},           {"lost-ack", &Behaviour::lost_ack},
    {"nameless", &Behaviour::nameless},     {"garbled", &Behaviour::garbled},
    {"silent", &Behaviour::silent},         {"unlogged", &Behaviour::unlogged},
    {"concurrent", &Behaviour::concurrent}, {"expect", &Behaviour::expects},
};

const std::map<std::string, Behaviour::Body> bodies{
    {"form", Behaviour::Body::form},
    {"lone-key", Behaviour::Body::lone_key},
    {"broken", Behaviour::Body::broken},
};

// Removes the text before the separator, and the separator, from the front; returns the text.
std::string_view cut(std::string_view& text, char separator)
{
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::string trimmed(std::string_view text)
{
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

std::optional<int> number(const std::string& text, int least, int most)
{
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value < least || value > most) return std::nullopt;
  return static_cast<int>(value);
}

bool set(int& member, const std::optional<int>& value)
{
  if (value) member = *value;
  return value.has_value();
}

// Parses `500ms` or `1s..5s`.
bool set_delay(Behaviour& behaviour, std::string_view text)
{
  const std::size_t dots = text.find("..");
  const auto shortest = text::parse_duration(text.substr(0, dots));
  const auto longest =
      dots == std::string_view::npos ? shortest : text::parse_duration(text.substr(dots + 2));
  if (!shortest || !longest || *longest < *shortest) return false;
  behaviour.shortest_delay = *shortest;
  behaviour.longest_delay = *longest;
  return true;
}

bool set_ack_delay(Behaviour& behaviour, const std::string& text)
{
  const auto time = text::parse_duration(text);
  if (time) behaviour.ack_delay = *time;
  return time.has_value();
}

bool set_size(Behaviour& behaviour, const std::string& text)
{
  const auto size = text::parse_size(text);
  if (size) behaviour.size = std::min<std::uint64_t>(*size, 200 << 20);
  return size.has_value();
}

bool set_flag(bool& member, const std::string& value)
{
  member = true;
  return value.empty();
}

bool set_body(Behaviour& behaviour, Behaviour::Body body, const std::string& value)
{
  behaviour.body = body;
  return value.empty();
}

} // namespace

const char* const behaviours_help =
    R"(A list `name[=value][@percent%], …` for all queries; a single query can add simulate{…} to its q:
  delay=1s..5s       posts after a random time in this range; or delay=2s
  early              posts before it acknowledges
  slow-ack=2s        acknowledges after this time; does not delay the postback
  lost-ack           accepts, then closes the connection without an acknowledgement
  nameless           acknowledges without a QueryId
  garbled            accepts, but the answer is not JSON
  ack=-111           an error acknowledgement with this code
  http=429           this HTTP status without an acknowledgement; with a 5xx the query is accepted nevertheless
  notice=-1212       a failure notice instead of the result; the log has the result
  silent             never posts; the log has the result
  unlogged           never posts; the log does not have the query
  duplicate          posts the same bytes once more; duplicate=3: three times more
  concurrent         posts the same bytes twice at the same moment
  form, lone-key     posts the JSON in a field of a form, or as its only key
  broken             posts JSON that a best fit to Latin-1 has broken; the log has it intact
  expect             posts with Expect: 100-continue
  size=150MiB        a result of at least this size, up to 200MiB)";

base::Result<Profile> Profile::parse(std::string_view text)
{
  Profile profile;
  while (!text.empty()) {
    std::string_view part = cut(text, ',');
    std::string_view what = cut(part, '@');
    const std::string percent = trimmed(part);
    Rule rule;
    rule.name = trimmed(cut(what, '='));
    rule.value = trimmed(what);
    if (!percent.empty()) {
      char* end = nullptr;
      rule.percent = std::strtod(percent.c_str(), &end);
      if (std::string_view(end) != "%" || rule.percent < 0 || rule.percent > 100)
        return base::Error{base::Errc::invalid, fmt::format("'{}' is not a percentage (e.g. 10%)", percent)};
    }
    Behaviour probe;
    if (const auto applied = apply(rule, probe); !applied) return applied.error();
    profile.rules_.push_back(std::move(rule));
  }
  return profile;
}

base::Result<Behaviour> Profile::choose(std::string_view q, std::mt19937& random) const
{
  Behaviour behaviour;
  std::uniform_real_distribution<double> percent(0, 100);
  for (const Rule& rule : rules_)
    if (percent(random) < rule.percent) static_cast<void>(apply(rule, behaviour));
  constexpr std::string_view begin = "simulate{";
  const std::size_t at = q.find(begin);
  if (at == std::string_view::npos) return behaviour;
  const std::string_view text = q.substr(at + begin.size());
  const auto own = parse(text.substr(0, text.find('}')));
  if (!own) return own.error();
  for (const Rule& rule : own->rules_)
    static_cast<void>(apply(rule, behaviour));
  return behaviour;
}

base::Result<void> Profile::apply(const Rule& rule, Behaviour& b)
{
  const std::string& name = rule.name;
  const std::string& value = rule.value;
  bool right = false;
  if (const auto flag = flags.find(name); flag != flags.end())
    right = set_flag(b.*flag->second, value);
  else if (const auto body = bodies.find(name); body != bodies.end())
    right = set_body(b, body->second, value);
  else if (name == "delay")
    right = set_delay(b, value);
  else if (name == "slow-ack")
    right = set_ack_delay(b, value);
  else if (name == "ack")
    right = set(b.ack_code, number(value, -100'000, -1));
  else if (name == "http")
    right = set(b.http_status, number(value, 400, 599));
  else if (name == "notice")
    right = set(b.notice, number(value, -100'000, -1));
  else if (name == "duplicate")
    right = set(b.duplicates, number(value.empty() ? "1" : value, 1, 100));
  else if (name == "size")
    right = set_size(b, value);
  else
    return base::Error{base::Errc::invalid, fmt::format("'{}' is not a behaviour: see --help", name)};
  if (right) return {};
  return base::Error{base::Errc::invalid,
                     fmt::format("{}: '{}' is not a valid value: see --help", name, value)};
}

} // namespace postbackd::simulator
