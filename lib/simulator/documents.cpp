#include "simulator/documents.hpp"

#include <fmt/format.h>

#include <functional>

#include "text/json.hpp"

namespace postbackd::simulator
{
namespace
{

using text::JsonWriter;

// Returns the same number for the same api and q.
std::size_t seed_of(const Asked& asked) { return std::hash<std::string>{}(asked.api + asked.q); }

void write_person(JsonWriter& writer, std::size_t seed)
{
  constexpr const char* names[] = {"JOSÉ SINTÉTICO DA CONCEIÇÃO", "MARIA FICTÍCIA DE ARAÚJO",
                                   "JOÃO INEXISTENTE GONÇALVES"};
  writer.key("BasicData").begin_object();
  writer.key("TaxIdNumber").string(fmt::format("{:011}", seed % 100'000'000'000));
  writer.key("TaxIdCountry").string("BRAZIL").key("Name").string(names[seed % 3]);
  writer.key("Aliases").begin_object().key("CommonName").string(names[(seed + 1) % 3]).end_object();
  writer.key("Gender").string(seed % 2 == 0 ? "M" : "F");
  writer.key("BirthDate")
      .string(fmt::format("19{:02}-0{}-1{}T00:00:00Z", 50 + seed % 50, 1 + seed % 9, seed % 10));
  writer.key("MotherName").string("ANTÔNIA HIPOTÉTICA").key("TaxIdStatus").string("REGULAR");
  writer.key("HasObitIndication").null().end_object();
}

void write_company(JsonWriter& writer, std::size_t seed)
{
  writer.key("BasicData").begin_object();
  writer.key("TaxIdNumber").string(fmt::format("{:014}", seed % 100'000'000'000'000));
  writer.key("OfficialName").string("COMÉRCIO SINTÉTICO LTDA");
  writer.key("TradeName").string("AÇAÍ DE EXEMPLO").key("TaxIdStatus").string("ATIVA");
  writer.key("FoundedDate").string("2001-02-03T00:00:00Z");
  writer.key("Activities").begin_array().begin_object();
  writer.key("IsMain").string("true").key("Code").string("4729699").key("Activity");
  writer.string("COMÉRCIO VAREJISTA").end_object().end_array().end_object();
}

void write_phone(JsonWriter& writer)
{
  writer.key("PhoneOperator").begin_object();
  writer.key("Operator").string("OPERADORA SINTÉTICA").key("Region").string("SÃO PAULO");
  writer.key("Type").string("MOBILE").key("IsPorted").string("false").end_object();
}

void write_lawsuits(JsonWriter& writer, std::size_t seed)
{
  writer.key("Processes").begin_object().key("TotalLawsuits").number(1).key("Lawsuits").begin_array();
  writer.begin_object().key("Number").string(fmt::format("{:07}-00.2020.8.26.0100", seed % 10'000'000));
  writer.key("Type").string("AÇÃO DE COBRANÇA").key("CourtName").string("TRIBUNAL FICTÍCIO");
  writer.key("Status").string("ATIVO").key("Parties").begin_array().begin_object();
  writer.key("Name").string("PARTE SINTÉTICA").key("Polarity").string("ACTIVE").end_object();
  writer.end_array().end_object().end_array().end_object();
}

// Converts UTF-8 to ISO-8859-1; characters from U+0100 on become a question mark, as in .NET.
std::string to_latin1(const std::string& utf8)
{
  std::string latin1;
  latin1.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      latin1 += utf8[i];
    } else if (c < 0xC4 && i + 1 < utf8.size()) {
      latin1 += static_cast<char>((c & 0x03U) << 6U | (static_cast<unsigned char>(utf8[++i]) & 0x3FU));
    } else {
      latin1 += '?';
      while (i + 1 < utf8.size() && (static_cast<unsigned char>(utf8[i + 1]) & 0xC0U) == 0x80)
        ++i;
    }
  }
  return latin1;
}

std::string percent_encoded(const std::string& bytes)
{
  std::string encoded;
  encoded.reserve(2 * bytes.size());
  for (const char c : bytes)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return encoded;
}

std::string envelope(const Asked& asked, const std::string& result, const std::string& key, int code,
                     const char* message)
{
  JsonWriter tail;
  tail.begin_object().key("QueryId").string(asked.query_id).key("ElapsedMilliseconds").number(412);
  tail.key("QueryDate").string(asked.date).key("Status").begin_object().key(key).begin_array();
  tail.begin_object().key("Code").number(code).key("Message").string(message).end_object();
  tail.end_array().end_object().key("Evidences").begin_object().end_object().end_object();
  return "{\"Result\":" + result + "," + std::string(tail.text().substr(1));
}

} // namespace

std::string result_of(const Asked& asked, std::uint64_t size)
{
  const std::size_t seed = seed_of(asked);
  JsonWriter writer;
  writer.begin_array().begin_object().key("MatchKeys").string(asked.q);
  if (asked.api == "people")
    write_person(writer, seed);
  else if (asked.api == "companies")
    write_company(writer, seed);
  else if (asked.api == "validations")
    write_phone(writer);
  else if (asked.api == "lawsuits")
    write_lawsuits(writer, seed);
  writer.key("Remark").string("“synthetic” – dados inventados");
  writer.end_object().end_array();
  std::string text(writer.text());
  if (text.size() >= size) return text;
  // Adds a list of further entries, as in long answers.
  text.resize(text.size() - 2);
  text += R"(,"Filling":[)";
  const std::string line(980, 'x');
  for (std::uint64_t i = 0; text.size() + 4 < size; ++i)
    text += fmt::format("{}\"{:012}{}\"", i == 0 ? "" : ",", i, line);
  return text + "]}]";
}

std::string envelope_of(const Asked& asked, const std::string& result)
{
  const std::string first = asked.datasets.substr(0, asked.datasets.find(','));
  return envelope(asked, result, first.empty() ? "api" : first, 0, "OK");
}

std::string notice_of(const Asked& asked, int code)
{
  return envelope(asked, "[]", "hooks", code, code == -169 ? "PAYLOAD TOO LARGE" : "HOOK TIMEOUT");
}

std::string body_of(const std::string& utf8, Behaviour::Body form)
{
  std::string text = utf8;
  if (form == Behaviour::Body::broken) {
    // Latin-1 has no curly quotes, and their best fit ends the string.
    for (const char* curly : {"“", "”"})
      for (std::size_t at = text.find(curly); at != std::string::npos; at = text.find(curly, at))
        text.replace(at, 3, "\"");
  }
  const std::string latin1 = to_latin1(text);
  if (form == Behaviour::Body::form) return "Response=" + percent_encoded(latin1);
  if (form == Behaviour::Body::lone_key) return percent_encoded(latin1);
  return latin1;
}

} // namespace postbackd::simulator
