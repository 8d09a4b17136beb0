#include "model/trace_context.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace postbackd::model
{
namespace
{

constexpr std::size_t parent_size = 55; // 00-<32 digits>-<16 digits>-<2 digits>
constexpr std::size_t most_members = 32;
constexpr std::size_t longest_state = 512;

bool is_lower_hex(std::string_view text)
{
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return base::is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_number(std::string_view digits)
{
  return is_lower_hex(digits) && digits.find_first_not_of('0') != std::string_view::npos;
}

// A later version is read as far as 00 goes (3.2.4), and of its flags only `sampled` is known.
std::string read_parent(std::string_view text)
{
  if (text.size() < parent_size || text[2] != '-' || text[35] != '-' || text[52] != '-') return {};
  const std::string_view version = text.substr(0, 2);
  const std::string_view flags = text.substr(53, 2);
  const bool is_later = version != "00";
  if (!is_lower_hex(version) || version == "ff" || !is_number(text.substr(3, 32)) ||
      !is_number(text.substr(36, 16)) || !is_lower_hex(flags))
    return {};
  if (text.size() > parent_size && (!is_later || text[parent_size] != '-')) return {};
  if (!is_later) return std::string(text);
  const bool is_sampled = std::string_view("13579bdf").find(flags[1]) != std::string_view::npos;
  return "00" + std::string(text.substr(2, 51)) + (is_sampled ? "01" : "00");
}

bool is_key_part(std::string_view text, std::size_t longest, bool may_begin_with_digit)
{
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || base::is_digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
  };
  if (text.empty() || text.size() > longest || !std::all_of(text.begin(), text.end(), allowed)) return false;
  return (text.front() >= 'a' && text.front() <= 'z') ||
         (may_begin_with_digit && base::is_digit(text.front()));
}

// `name`, or `tenant@system` (3.3.1.3.1).
bool is_key(std::string_view key)
{
  const std::size_t at = key.find('@');
  if (at == std::string_view::npos) return is_key_part(key, 256, false);
  return is_key_part(key.substr(0, at), 241, true) && is_key_part(key.substr(at + 1), 14, false);
}

bool is_value(std::string_view value)
{
  const auto allowed = [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; };
  return !value.empty() && value.size() <= 256 && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(), allowed);
}

std::string read_state(std::string_view field)
{
  std::string state;
  std::size_t members = 0;
  bool is_full = false;
  for (;;) {
    const std::size_t comma = std::min(field.find(','), field.size());
    const std::string_view member = base::trimmed(field.substr(0, comma));
    const std::size_t equals = member.find('=');
    if (!member.empty()) {
      if (equals == std::string_view::npos || !is_key(member.substr(0, equals)) ||
          !is_value(member.substr(equals + 1)))
        return {};
      if (++members > most_members) return {};
      is_full = is_full || state.size() + 1 + member.size() > longest_state;
      if (!is_full) state.append(state.empty() ? "" : ",").append(member);
    }
    if (comma == field.size()) return state;
    field.remove_prefix(comma + 1);
  }
}

} // namespace

TraceContext TraceContext::of_text(std::string_view text)
{
  if (text.size() < parent_size) return {};
  return {std::string(text.substr(0, parent_size)),
          std::string(text.substr(std::min(parent_size + 1, text.size())))};
}

TraceContext read_trace(std::string_view parent, std::string_view state)
{
  TraceContext trace{read_parent(parent), {}};
  if (!trace.parent.empty()) trace.state = read_state(state);
  return trace;
}

std::optional<std::string_view> trace_id_of(std::string_view text)
{
  return text.size() < parent_size ? std::nullopt : std::optional(text.substr(3, 32));
}

} // namespace postbackd::model
