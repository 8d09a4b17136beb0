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

// Every field name that we recognise is shorter than this, in bytes.
constexpr std::size_t longest_beginning = 256;

char first_character(const base::Blob& bytes)
{
  base::BlobReader reader(bytes);
  for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
    if (const std::size_t at = piece.find_first_not_of(" \t\r\n"); at != std::string_view::npos)
      return piece[at];
  return '\0';
}

bool starts_as_json(const base::Blob& bytes)
{
  const char first = first_character(bytes);
  return first == '{' || first == '[';
}

std::string beginning_of(const base::Blob& bytes, std::size_t length = longest_beginning)
{
  std::string beginning(length, '\0');
  beginning.resize(bytes.read(0, beginning.data(), beginning.size()));
  return beginning;
}

base::Blob without_beginning(const base::Blob& bytes, std::size_t length)
{
  base::Blob rest = bytes.sibling();
  base::BlobReader reader(bytes);
  for (auto piece = reader.next(); !piece.empty(); piece = reader.next()) {
    rest.append(piece.substr(std::min(length, piece.size())));
    length -= std::min(length, piece.size());
  }
  return rest;
}

// Returns whether it looks like a real field name, not like part of a text that happens to contain `=`.
bool is_field_name(const base::Blob& field)
{
  const std::string name = beginning_of(field);
  const auto allowed = [](char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '_' || c == '-' || c == '.' || c == '[' ||
           c == ']';
  };
  return !name.empty() && field.size() < longest_beginning && std::all_of(name.begin(), name.end(), allowed);
}

bool is_flat(const std::vector<FormField>& fields)
{
  const auto is_named_value = [](const FormField& f) { return f.has_value && is_field_name(f.name); };
  return !fields.empty() && std::all_of(fields.begin(), fields.end(), is_named_value);
}

bool has_query_id(const std::vector<FormField>& fields)
{
  return std::any_of(fields.begin(), fields.end(),
                     [](const FormField& f) { return beginning_of(f.name) == "QueryId"; });
}

// Decodes one body; holds its label and the options.
class Decoder
{
public:
  Decoder(const base::Blob& raw, std::string label, const DecoderOptions& options)
      : raw_(raw), label_(std::move(label)), options_(options)
  {
  }

  Envelope decode(const base::Blob& bytes)
  {
    if (const auto mark = text::byte_order_mark(beginning_of(bytes, 3))) {
      label_ = mark->charset;
      return decode_unmarked(without_beginning(bytes, mark->length));
    }
    return decode_unmarked(bytes);
  }

private:
  Envelope decode_unmarked(const base::Blob& bytes) const
  {
    if (text::extends_ascii(label_)) return decode_ascii_based(bytes);
    base::Blob converted = bytes.sibling();
    if (const auto done = text::to_utf8(bytes, label_, options_.most_json, converted); !done)
      return undecodable(done.error().message);
    Envelope envelope = Decoder(raw_, "utf-8", options_).decode_ascii_based(converted);
    envelope.charset = label_;
    return envelope;
  }

  Envelope decode_ascii_based(const base::Blob& bytes) const
  {
    return starts_as_json(bytes) ? decode_json(bytes) : decode_form(bytes);
  }

  Envelope decode_json(const base::Blob& bytes) const
  {
    const text::Utf8Check check = text::check_utf8(bytes);
    const std::string charset = charset_of(check);
    if (text::is_same_as_utf8(charset, check.is_ascii()))
      return check.is_utf8() ? decode_utf8(bytes, charset)
                             : broken(bytes, charset, "the bytes are not " + charset);
    base::Blob converted = bytes.sibling();
    if (const auto done = text::to_utf8(bytes, charset, options_.most_json, converted); !done)
      return broken(bytes, charset, done.error().message);
    return decode_utf8(converted, charset);
  }

  Envelope decode_utf8(const base::Blob& json, const std::string& charset) const
  {
    DocumentReader document;
    if (const auto scanned = text::scan_json(json, document); !scanned)
      return broken(json, charset, scanned.error().message);
    return read(document, charset, json);
  }

  // Takes the first value or lone key that is a JSON object as the document, otherwise the fields themselves.
  Envelope decode_form(const base::Blob& bytes) const
  {
    const std::vector<FormField> fields = text::parse_form(bytes);
    std::optional<Envelope> broken;
    for (const FormField& field : fields) {
      const base::Blob& candidate = field.has_value ? field.value : field.name;
      if (first_character(candidate) != '{') continue;
      Envelope envelope = decode_json(candidate);
      if (envelope.content != Content::undecodable) return envelope;
      if (!broken) broken = std::move(envelope);
    }
    if (is_flat(fields) && (!broken || has_query_id(fields))) return decode_flat(fields, bytes.sibling());
    return broken ? std::move(*broken) : undecodable("neither JSON nor a form with a document");
  }

  Envelope decode_flat(const std::vector<FormField>& fields, base::Blob json) const
  {
    const std::string charset = charset_of(check_values(fields));
    for (const FormField& field : fields) {
      base::Blob value = json.sibling();
      if (const auto done = text::to_utf8(field.value, charset, options_.most_json, value); !done)
        return undecodable(done.error().message);
      json.append(json.size() == 0 ? "{" : ",");
      text::append_json_string(field.name, json);
      json.append(":");
      text::append_json_string(value, json);
    }
    json.append("}");
    DocumentReader document;
    if (const auto scanned = text::scan_json(json, document); !scanned)
      return undecodable(scanned.error().message);
    for (const FormField& field : fields)
      if (beginning_of(field.name) == "Code") document.add_code(beginning_of(field.value));
    return read(document, charset, json);
  }

  static text::Utf8Check check_values(const std::vector<FormField>& fields)
  {
    text::Utf8Check check;
    for (const FormField& field : fields) {
      base::BlobReader reader(field.value);
      for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
        check.feed(piece);
      check.feed("&"); // ends an incomplete character at the end of the value
    }
    return check;
  }

  Envelope read(const DocumentReader& document, const std::string& charset, const base::Blob& json) const
  {
    Envelope envelope{document.content(), document.query_id(), document.status(), charset, {}, {}};
    if (&json == &raw_ || json == raw_) return envelope;
    if (json.size() > options_.most_json) return broken(json, charset, "its UTF-8 copy is too large to keep");
    envelope.json = json;
    return envelope;
  }

  // Returns the labelled charset, except for unlabelled or mislabelled UTF-8. Treats unlabelled bytes that
  // are not UTF-8 as ISO-8859-1, which the platform sends.
  std::string charset_of(const text::Utf8Check& check) const
  {
    if (label_.empty()) return check.is_utf8() ? "utf-8" : "iso-8859-1";
    if (options_.prefer_utf8 && !check.is_ascii() && check.is_utf8()) return "utf-8";
    return label_;
  }

  Envelope broken(const base::Blob& bytes, const std::string& charset, std::string problem) const
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

  const base::Blob& raw_;
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
