#include "text/json_document.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/ascii.hpp"
#include "text/json.hpp"

namespace postbackd::text
{
namespace
{

namespace rj = rapidjson;

const rj::Value* value_of(const void* value) { return static_cast<const rj::Value*>(value); }

} // namespace

struct JsonDocument::Tree {
  rj::Document document;
};

base::Result<JsonDocument> JsonDocument::parse(std::string_view text)
{
  JsonVisitor nobody;
  if (const auto valid = scan_json(base::Blob(std::string(text)), nobody); !valid) return valid.error();
  auto tree = std::make_shared<Tree>();
  tree->document.Parse<rj::kParseIterativeFlag>(text.data(), text.size());
  if (tree->document.HasParseError()) return base::Error{base::Errc::invalid, "it is not JSON"};
  return JsonDocument(std::move(tree));
}

JsonNode JsonDocument::root() const
{
  const rj::Value& value = tree_->document;
  return JsonNode(&value);
}

bool JsonNode::is_object() const { return value_ && value_of(value_)->IsObject(); }
bool JsonNode::is_array() const { return value_ && value_of(value_)->IsArray(); }
bool JsonNode::is_string() const { return value_ && value_of(value_)->IsString(); }
bool JsonNode::is_null() const { return value_ && value_of(value_)->IsNull(); }

JsonNode JsonNode::find(std::string_view name) const
{
  if (!is_object()) return {};
  for (const auto& member : value_of(value_)->GetObject())
    if (base::equal_ignoring_case({member.name.GetString(), member.name.GetStringLength()}, name))
      return JsonNode(&member.value);
  return {};
}

JsonNode JsonNode::member(std::string_view name) const
{
  if (!is_object()) return {};
  for (const auto& member : value_of(value_)->GetObject())
    if (std::string_view(member.name.GetString(), member.name.GetStringLength()) == name)
      return JsonNode(&member.value);
  return {};
}

std::vector<JsonNode> JsonNode::elements() const
{
  std::vector<JsonNode> nodes;
  if (is_array())
    for (const rj::Value& value : value_of(value_)->GetArray())
      nodes.push_back(JsonNode(&value));
  return nodes;
}

std::vector<std::pair<std::string_view, JsonNode>> JsonNode::members() const
{
  std::vector<std::pair<std::string_view, JsonNode>> members;
  if (is_object())
    for (const auto& member : value_of(value_)->GetObject())
      members.emplace_back(std::string_view(member.name.GetString(), member.name.GetStringLength()),
                           JsonNode(&member.value));
  return members;
}

std::string_view JsonNode::text() const
{
  if (!value_ || !value_of(value_)->IsString()) return {};
  return {value_of(value_)->GetString(), value_of(value_)->GetStringLength()};
}

std::optional<std::int64_t> JsonNode::integer() const
{
  if (!value_ || !value_of(value_)->IsInt64()) return std::nullopt;
  return value_of(value_)->GetInt64();
}

std::optional<bool> JsonNode::flag() const
{
  if (!value_ || !value_of(value_)->IsBool()) return std::nullopt;
  return value_of(value_)->GetBool();
}

std::string JsonNode::json() const
{
  if (!value_) return "null";
  rj::StringBuffer buffer;
  rj::Writer<rj::StringBuffer> writer(buffer);
  value_of(value_)->Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace postbackd::text
