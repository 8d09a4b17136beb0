#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace postbackd::base
{

// The texts of an enum's values, in order from 0, for the store, JSON and messages.
template<class Enum, std::size_t size>
struct Words {
  std::array<std::string_view, size> texts;

  constexpr std::string_view text(Enum value) const { return texts.at(static_cast<std::size_t>(value)); }
  constexpr std::optional<Enum> parse(std::string_view text) const
  {
    const auto found = std::find(texts.begin(), texts.end(), text);
    if (found == texts.end()) return std::nullopt;
    return static_cast<Enum>(found - texts.begin());
  }
};

} // namespace postbackd::base
