#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/request.hpp"
#include "text/json_document.hpp"

namespace postbackd::api
{

// The body of a request: a JSON object whose members are known, in any case, and occur once; a comma after
// the last one is no mistake, because the platform's own samples have both. Everything throws BadRequest that
// names the member. A member that is null is absent.
class JsonBody
{
public:
  JsonBody(const http::Request& request, const std::vector<std::string_view>& names);
  JsonBody(std::string text, const std::vector<std::string_view>& names);

  bool has(std::string_view name) const;
  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  // Returns false for an absent one.
  bool flag(std::string_view name) const;
  // Returns the JSON of an object of at most this many bytes.
  std::optional<std::string> object(std::string_view name, std::size_t longest) const;

private:
  text::JsonNode node(std::string_view name) const { return document_->root().find(name); }

  std::string text_;
  std::optional<text::JsonDocument> document_;
};

} // namespace postbackd::api
