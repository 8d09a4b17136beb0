#include "fanbase/fandata_source.hpp"

#include <algorithm>
#include <cstdlib>

#include "fanbase/endpoint.hpp"
#include "text/json.hpp"
#include "text/json_document.hpp"

namespace postbackd::fanbase
{
namespace
{

// A value of a result: `label`, `query_id`, or a path into the document such as
// `$.Result[0].BasicData.TaxIdNumber`.
std::string value_of(const std::string& source, const delivery::Delivery& delivery, text::JsonNode node)
{
  if (source == "label") return delivery.label;
  if (source == "query_id") return delivery.query_id;
  for (std::size_t at = 1; at < source.size();) {
    const std::size_t end = std::min(source.find_first_of(".[", at + 1), source.size());
    if (source[at] == '.') {
      node = node.member(std::string_view(source).substr(at + 1, end - at - 1));
    } else {
      const auto elements = node.elements();
      const std::size_t index = std::strtoul(source.c_str() + at + 1, nullptr, 10);
      node = index < elements.size() ? elements[index] : text::JsonNode();
    }
    at = end;
  }
  return node.is_string() ? std::string(node.text()) : std::string();
}

bool is_source(const std::string& text)
{
  return text == "label" || text == "query_id" || text.starts_with("$.");
}

} // namespace

FandataSource fandata_of(const delivery::HandlerOptions& options, const std::string& action)
{
  FandataSource source{options.text("data_id"), options.text("data_cpf")};
  const bool wanted = action == "update_fandata";
  if (wanted != !source.id.empty() || (!wanted && !source.cpf.empty()))
    throw base::Failure(
        base::Errc::invalid,
        "data_id: action = \"update_fandata\" needs it, as \"label\" or \"$.path.in.the.result\"; "
        "data_cpf may be beside it, and no other action takes them");
  for (const std::string& each : {source.id, source.cpf})
    if (!each.empty() && !is_source(each))
      throw base::Failure(base::Errc::invalid, "'" + each +
                                                   "': expected \"label\", \"query_id\" or a path such as "
                                                   "\"$.Result[0].BasicData.TaxIdNumber\"");
  return source;
}

base::Result<std::string> data_of(const FandataSource& source, const delivery::Delivery& delivery)
{
  if (source.id.empty()) return text_of(delivery.document);
  const auto document = text::JsonDocument::parse(text_of(delivery.document));
  const text::JsonNode root = document ? document->root() : text::JsonNode();
  const std::string id = value_of(source.id, delivery, root);
  const std::string cpf = source.cpf.empty() ? std::string() : value_of(source.cpf, delivery, root);
  if (id.empty()) return base::Error{base::Errc::invalid, "data_id: the result has no " + source.id};
  text::JsonWriter writer;
  writer.begin_object().key("cpf");
  if (cpf.empty())
    writer.null();
  else
    writer.string(cpf);
  writer.key("id").string(id).end_object();
  return std::string(writer.text());
}

} // namespace postbackd::fanbase
