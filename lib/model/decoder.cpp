#include "model/decoder.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"
#include "model/document_reader.hpp"
#include "model/query_id_scan.hpp"
#include "text/charset.hpp"
#include "text/content_coding.hpp"
#include "text/form.hpp"

namespace postbackd::model
{
namespace
{

using text::FormField;

char first_character(std::string_view bytes)
{
  const std::size_t at = bytes.find_first_not_of(" \t\r\n");
  return at == std::string_view::npos ? '\0' : bytes[at];
}

bool starts_as_json(std::string_view bytes)
{
  const char first = first_character(bytes);
  return first == '{' || first == '[';
}

// A field name that a program chose, not a piece of some other text with `=` in it.
bool is_field_name(std::string_view name)
{
  const auto allowed = [](char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '_' || c == '-' || c == '.' || c == '[' ||
           c == ']';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), allowed);
}

bool is_flat(const std::vector<FormField>& fields)
{
  const auto is_named_value = [](const FormField& f) { return f.has_value && is_field_name(f.name); };
  return !fields.empty() && std::all_of(fields.begin(), fields.end(), is_named_value);
}

bool has_query_id(const std::vector<FormField>& fields)
{
  return std::any_of(fields.begin(), fields.end(), [](const FormField& f) { return f.name == "QueryId"; });
}

// Reads one body; holds what its header and its options say.
class Decoder
{
public:
  Decoder(std::string_view raw, std::string label, const DecoderOptions& options)
      : raw_(raw), label_(std::move(label)), options_(options)
  {
  }

  Envelope decode(std::string_view bytes)
  {
    if (const auto mark = text::byte_order_mark(bytes)) {
      label_ = mark->charset;
      bytes.remove_prefix(mark->length);
    }
    if (text::extends_ascii(label_)) return decode_ascii_based(bytes);
    const auto converted = text::to_utf8(bytes, label_);
    if (!converted) return undecodable("the bytes are not " + label_);
    Envelope envelope = Decoder(raw_, "utf-8", options_).decode_ascii_based(*converted);
    envelope.charset = label_;
    return envelope;
  }

private:
  Envelope decode_ascii_based(std::string_view bytes) const
  {
    return starts_as_json(bytes) ? decode_json(bytes) : decode_form(bytes);
  }

  Envelope decode_json(std::string_view bytes) const
  {
    const std::string charset = charset_of(bytes);
    auto json = text::to_utf8(bytes, charset);
    if (!json) return broken(bytes, charset, "the bytes are not " + charset);
    DocumentReader document;
    if (const auto scanned = text::scan_json(*json, document); !scanned)
      return broken(*json, charset, scanned.error().message);
    return read(document, charset, std::move(*json));
  }

  // The document is the first value, or lone key, that is a JSON object; else the fields themselves are.
  Envelope decode_form(std::string_view bytes) const
  {
    const std::vector<FormField> fields = text::parse_form(bytes);
    std::optional<Envelope> broken;
    for (const FormField& field : fields) {
      const std::string& candidate = field.has_value ? field.value : field.name;
      if (first_character(candidate) != '{') continue;
      Envelope envelope = decode_json(candidate);
      if (envelope.content != Content::undecodable) return envelope;
      if (!broken) broken = std::move(envelope);
    }
    if (is_flat(fields) && (!broken || has_query_id(fields))) return decode_flat(fields);
    return broken ? std::move(*broken) : undecodable("neither JSON nor a form with a document");
  }

  Envelope decode_flat(const std::vector<FormField>& fields) const
  {
    std::string all;
    for (const FormField& field : fields)
      all += field.value;
    const std::string charset = charset_of(all);
    text::JsonWriter writer;
    writer.begin_object();
    for (const FormField& field : fields) {
      const auto value = text::to_utf8(field.value, charset);
      if (!value) return undecodable("the bytes are not " + charset);
      writer.key(field.name).string(*value);
    }
    writer.end_object();
    DocumentReader document;
    if (const auto scanned = text::scan_json(writer.text(), document); !scanned)
      return undecodable(scanned.error().message);
    for (const FormField& field : fields)
      if (field.name == "Code") document.add_code(field.value);
    return read(document, charset, std::string(writer.text()));
  }

  Envelope read(const DocumentReader& document, const std::string& charset, std::string json) const
  {
    Envelope envelope{document.content(), document.query_id(), document.status(), charset, {}, {}};
    if (json == raw_) return envelope;
    if (json.size() > options_.most_json)
      return broken(json, charset, "its UTF-8 copy is too large to be kept");
    envelope.json = std::move(json);
    return envelope;
  }

  // The bytes' charset: its label's, but for unlabelled or mislabelled UTF-8. Unlabelled bytes that are not
  // UTF-8 are taken for ISO-8859-1, which the sender writes.
  std::string charset_of(std::string_view bytes) const
  {
    if (label_.empty()) return text::is_utf8(bytes) ? "utf-8" : "iso-8859-1";
    if (options_.prefer_utf8 && !text::is_ascii(bytes) && text::is_utf8(bytes)) return "utf-8";
    return label_;
  }

  Envelope broken(std::string_view bytes, const std::string& charset, std::string problem) const
  {
    Envelope envelope = undecodable(std::move(problem));
    envelope.charset = charset;
    if (first_character(bytes) == '{') envelope.query_id = find_query_id(bytes);
    return envelope;
  }

  Envelope undecodable(std::string problem) const
  {
    Envelope envelope;
    envelope.charset = label_;
    envelope.problem = std::move(problem);
    return envelope;
  }

  std::string_view raw_;
  std::string label_;
  const DecoderOptions& options_;
};

} // namespace

Envelope decode(const EncodedBody& body, const DecoderOptions& options)
{
  Decoder decoder(body.bytes, text::charset_label(body.content_type), options);
  if (body.content_encoding.empty()) return decoder.decode(body.bytes);
  const auto decoded = text::decode_content(body.bytes, body.content_encoding, options.most_decoded);
  if (decoded) return decoder.decode(*decoded);
  Envelope envelope;
  envelope.problem =
      "Content-Encoding " + std::string(body.content_encoding.substr(0, 40)) + ": " + decoded.error().message;
  return envelope;
}

} // namespace postbackd::model
