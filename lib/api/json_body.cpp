#include "api/json_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/problem.hpp"
#include "base/ascii.hpp"

namespace postbackd::api
{

namespace
{

std::string text_of(const base::Blob& body)
{
  std::string text;
  base::BlobReader reader(body); // in a file, when many bodies are in memory
  for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
    text += piece;
  return text;
}

// The platform's documents have them, after the last member. Their bytes stay in place.
void blank_trailing_commas(std::string& json)
{
  std::size_t comma = std::string::npos; // after which there were blanks only
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\') ++i;
    if (c == '"') in_string = !in_string;
    if (in_string || c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if ((c == '}' || c == ']') && comma != std::string::npos) json[comma] = ' ';
    comma = c == ',' ? i : std::string::npos;
  }
}

} // namespace

JsonBody::JsonBody(const http::Request& request, const std::vector<std::string_view>& names)
    : JsonBody(text_of(request.body), names)
{
}

JsonBody::JsonBody(std::string text, const std::vector<std::string_view>& names) : text_(std::move(text))
{
  blank_trailing_commas(text_);
  base::Result<text::JsonDocument> document = text::JsonDocument::parse(text_);
  if (!document) throw BadRequest("the body is not JSON: " + document.error().message);
  document_.emplace(std::move(*document));
  if (!document_->root().is_object()) throw BadRequest("the body is not a JSON object");
  std::set<std::string_view> seen;
  for (const auto& [name, value] : document_->root().members()) {
    const auto known = std::find_if(names.begin(), names.end(), [&name = name](std::string_view each) {
      return base::equal_ignoring_case(each, name);
    });
    if (known == names.end())
      throw BadRequest(fmt::format("unknown member: expected {}", fmt::join(names, ", ")),
                       std::string(name.substr(0, 40)));
    if (!seen.insert(*known).second) throw BadRequest("it occurs twice", std::string(name));
  }
}

bool JsonBody::has(std::string_view name) const { return node(name).present() && !node(name).is_null(); }

std::optional<std::string> JsonBody::text(std::string_view name) const
{
  if (!has(name)) return std::nullopt;
  if (!node(name).is_string()) throw BadRequest("expected a text", std::string(name));
  return std::string(node(name).text());
}

std::optional<std::int64_t> JsonBody::integer(std::string_view name) const
{
  if (!has(name)) return std::nullopt;
  const auto number = node(name).integer();
  if (!number) throw BadRequest("expected a whole number", std::string(name));
  return number;
}

bool JsonBody::flag(std::string_view name) const
{
  if (!has(name)) return false;
  const std::string json = node(name).json();
  if (json != "true" && json != "false") throw BadRequest("expected true or false", std::string(name));
  return json == "true";
}

std::optional<std::string> JsonBody::object(std::string_view name, std::size_t longest) const
{
  if (!has(name)) return std::nullopt;
  if (!node(name).is_object()) throw BadRequest("expected a JSON object", std::string(name));
  std::string json = node(name).json();
  if (json.size() > longest)
    throw BadRequest(fmt::format("expected at most {} bytes", longest), std::string(name));
  return json;
}

} // namespace postbackd::api
