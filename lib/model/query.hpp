#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postbackd::model
{

// A QueryId is UUID text by the platform's documents; we take any printable ASCII up to this length.
constexpr std::size_t longest_query_id = 128;

// Whether the text can be a QueryId: 1 to longest_query_id printable ASCII characters.
bool is_query_id(std::string_view text);

// A query to be registered: what an application knows of a question it asked.
struct Query {
  std::optional<std::string> query_id;    // known once the platform has acknowledged it
  std::optional<std::string> correlation; // ours: names the query in its own URL (model/correlation.hpp)
  std::optional<std::string> label;       // the application's own words
  std::optional<std::string> api;
  std::optional<std::string> datasets;
  std::optional<std::string> deadline_at; // text::format_time; absent: the store's default
};

} // namespace postbackd::model
