#pragma once

#include <string>
#include <vector>

#include "model/envelope.hpp"
#include "support/deflated.hpp"

// Bodies as received and what they mean: read by the decoder's test and, from a store file, by the store's.
namespace postbackd::test
{

using model::Content;

inline constexpr const char* seed =
    "application/x-www-form-urlencoded; charset=iso-8859-1"; // as the platform labels everything
inline constexpr const char* json_utf8 = "application/json; charset=utf-8";

// Means that the expected JSON is the body's own bytes, so that no copy is stored.
inline const std::string as_it_came = "(as it came)";
inline const std::string nothing = "(none)";

struct Row {
  const char* name;
  std::string body;
  const char* content_type;
  Content content;
  std::string query_id; // or nothing
  std::string status;   // or nothing
  std::string charset;
  std::string json; // or as_it_came, or nothing
  const char* encoding = "";
};

inline std::string gzip(const std::string& text) { return deflated(text, 31); }

inline const std::string ok =
    R"({"QueryId":"q-1","Result":[{"a":1}],"Status":{"x":[{"Code":0,"Message":"OK"}]}})";
inline const std::string bom = "\xEF\xBB\xBF";

inline std::vector<Row> rows()
{
  using enum Content;
  const auto R = result;
  const auto N = notice;
  const auto U = undecodable;
  return {
      // Bare JSON.
      {"bare JSON under a form's label", ok, seed, R, "q-1", "ok", "iso-8859-1", as_it_came},
      {"bare JSON, labelled so", ok, json_utf8, R, "q-1", "ok", "utf-8", as_it_came},
      {"bare JSON without a label", ok, "", R, "q-1", "ok", "utf-8", as_it_came},
      {"spaces around it", " \r\n" + ok + "\n ", seed, R, "q-1", "ok", "iso-8859-1", as_it_came},
      {"a byte order mark", bom + ok, seed, R, "q-1", "ok", "utf-8", ok},
      {"+ % and & inside strings", R"({"QueryId":"q-1","a":"1+1=2 100% %41 &b=c"})", seed, N, "q-1", "ok",
       "iso-8859-1", as_it_came},
      {"an array", R"([{"QueryId":"inner"}])", seed, N, nothing, "ok", "iso-8859-1", as_it_came},
      {"no QueryId", R"({"Result":[1]})", seed, R, nothing, "ok", "iso-8859-1", as_it_came},
      {"QueryId last", R"({"Result":[{"a":1}],"Status":{},"QueryId":"q-9"})", seed, R, "q-9", "ok",
       "iso-8859-1", as_it_came},
      {"QueryId twice: the first counts", R"({"QueryId":"q-1","QueryId":"q-2"})", seed, N, "q-1", "ok",
       "iso-8859-1", as_it_came},
      {"QueryId twice, the first of no use", R"({"QueryId":7,"QueryId":"q-2"})", seed, N, nothing, "ok",
       "iso-8859-1", as_it_came},
      {"a nested QueryId", R"({"Result":[{"QueryId":"inner"}],"QueryId":"q-1"})", seed, R, "q-1", "ok",
       "iso-8859-1", as_it_came},
      {"only a nested QueryId", R"({"Result":[{"QueryId":"inner"}],"Data":{"QueryId":"x"}})", seed, R,
       nothing, "ok", "iso-8859-1", as_it_came},
      {"an empty QueryId", R"({"QueryId":""})", seed, N, nothing, "ok", "iso-8859-1", as_it_came},
      {"an endless QueryId", R"({"QueryId":")" + std::string(500, 'q') + "\"}", seed, N, nothing, "ok",
       "iso-8859-1", as_it_came},
      {"an escaped QueryId", R"({"QueryId":"q\u002d1"})", seed, N, "q-1", "ok", "iso-8859-1", as_it_came},
      {"a NUL in the QueryId", R"({"QueryId":"q\u0000"})", seed, N, nothing, "ok", "iso-8859-1", as_it_came},
      {"an acknowledgement",
       R"({"QueryId":"q-1","ElapsedMilliseconds":12,"Status":{"api":[{"Code":0,"Message":"OK"}]}})", seed, N,
       "q-1", "ok", "iso-8859-1", as_it_came},
      {"a Result that is null", R"({"Result":null,"QueryId":"q-1"})", seed, N, "q-1", "ok", "iso-8859-1",
       as_it_came},
      {"a Result that is empty", R"({"Result":[],"QueryId":"q-1"})", seed, R, "q-1", "ok", "iso-8859-1",
       as_it_came},
      {"members in another case", R"({"queryid":"q-1","RESULT":[1],"status":{"x":[{"code":-5}]}})", seed, R,
       "q-1", "failed", "iso-8859-1", as_it_came},
      // Charsets.
      {"Latin-1 accents", "{\"QueryId\":\"q-1\",\"n\":\"JO\xC3O\"}", seed, N, "q-1", "ok", "iso-8859-1",
       "{\"QueryId\":\"q-1\",\"n\":\"JO\xC3\x83O\"}"},
      {"Latin-1 C1 controls are not windows-1252", "{\"QueryId\":\"q-1\",\"n\":\"\x93\"}", seed, N, "q-1",
       "ok", "iso-8859-1", "{\"QueryId\":\"q-1\",\"n\":\"\xC2\x93\"}"},
      {"UTF-8 mislabelled as Latin-1", "{\"QueryId\":\"q-1\",\"n\":\"S\xC3\xA3o\"}", seed, N, "q-1", "ok",
       "utf-8", as_it_came},
      {"Latin-1 without a label", "{\"QueryId\":\"q-1\",\"n\":\"S\xE3o\"}", "", N, "q-1", "ok", "iso-8859-1",
       "{\"QueryId\":\"q-1\",\"n\":\"S\xC3\xA3o\"}"},
      {"Latin-1 mislabelled as UTF-8", "{\"QueryId\":\"q-1\",\"n\":\"S\xE3o\"}", json_utf8, U, "q-1", nothing,
       "utf-8", nothing},
      {"windows-1252 by its label", "{\"QueryId\":\"q-1\",\"n\":\"\x93\"}",
       "text/plain; charset=windows-1252", N, "q-1", "ok", "windows-1252",
       "{\"QueryId\":\"q-1\",\"n\":\"\xE2\x80\x9C\"}"},
      {"a charset nobody knows, ASCII", ok, "text/plain; charset=klingon", U, "q-1", nothing, "klingon",
       nothing},
      {"UTF-16 with a byte order mark", std::string("\xFF\xFE{\0}\0", 6), seed, N, nothing, "ok", "utf-16le",
       "{}"},
      {"UTF-16 cut in a character", std::string("\xFF\xFE{\0}", 5), seed, U, nothing, nothing, "utf-16le",
       nothing},
      // Forms.
      {"a form with the document in a field", "data=%7B%22QueryId%22%3A%22q-1%22%7D", seed, N, "q-1", "ok",
       "iso-8859-1", R"({"QueryId":"q-1"})"},
      {"a field of any name, among others", "v=2&payload=%7B%22QueryId%22:%22q-1%22%7D&t=x", seed, N, "q-1",
       "ok", "iso-8859-1", R"({"QueryId":"q-1"})"},
      {"a lone key", "%7B%22QueryId%22%3A%22q-1%22%7D", seed, N, "q-1", "ok", "iso-8859-1",
       R"({"QueryId":"q-1"})"},
      {"a lone key with a value that is empty", "%7B%22QueryId%22%3A%22q-1%22%7D=", seed, U, nothing, nothing,
       "iso-8859-1", nothing},
      {"plus signs are spaces", "d=%7B%22QueryId%22:+%22q-1%22,%22n%22:%22a+b%2Bc%22%7D", seed, N, "q-1",
       "ok", "iso-8859-1", R"({"QueryId": "q-1","n":"a b+c"})"},
      {"percent-encoded Latin-1", "d=%7B%22QueryId%22:%22q-1%22,%22n%22:%22S%E3o%22%7D", seed, N, "q-1", "ok",
       "iso-8859-1", "{\"QueryId\":\"q-1\",\"n\":\"S\xC3\xA3o\"}"},
      {"percent-encoded UTF-8, mislabelled", "d=%7B%22QueryId%22:%22q-1%22,%22n%22:%22S%C3%A3o%22%7D", seed,
       N, "q-1", "ok", "utf-8", "{\"QueryId\":\"q-1\",\"n\":\"S\xC3\xA3o\"}"},
      {"broken JSON in a field", "d=%7B%22QueryId%22:%22q-1%22,,%7D", seed, U, "q-1", nothing, "iso-8859-1",
       nothing},
      {"flat fields", "QueryId=q-1&Code=0&Message=OK", seed, N, "q-1", "ok", "iso-8859-1",
       R"({"QueryId":"q-1","Code":"0","Message":"OK"})"},
      {"flat fields with a failure", "QueryId=q-1&Code=-1212", seed, N, "q-1", "failed", "iso-8859-1",
       R"({"QueryId":"q-1","Code":"-1212"})"},
      {"flat fields twice are kept twice", "QueryId=q-1&a=1&a=2", seed, N, "q-1", "ok", "iso-8859-1",
       R"({"QueryId":"q-1","a":"1","a":"2"})"},
      {"flat fields in Latin-1", "QueryId=q-1&n=S%E3o", seed, N, "q-1", "ok", "iso-8859-1",
       "{\"QueryId\":\"q-1\",\"n\":\"S\xC3\xA3o\"}"},
      // Status.
      {"a notice", R"({"Result":[],"QueryId":"q-1","Status":{"hooks":[{"Code":-1212,"Message":"T"}]}})", seed,
       N, "q-1", "failed", "iso-8859-1", as_it_came},
      {"a notice without Result", R"({"QueryId":"q-1","Status":{"hooks":[{"Code":-169}]}})", seed, N, "q-1",
       "failed", "iso-8859-1", as_it_came},
      {"a hooks code with a result is a result",
       R"({"Result":[{"a":[]}],"QueryId":"q-1","Status":{"hooks":[{"Code":-1}]}})", seed, R, "q-1", "failed",
       "iso-8859-1", as_it_came},
      {"a failed dataset is no notice",
       R"({"Result":[],"QueryId":"q-1","Status":{"basic_data":[{"Code":-1212}]}})", seed, R, "q-1", "failed",
       "iso-8859-1", as_it_came},
      {"hooks 0 is no notice", R"({"Result":[],"QueryId":"q-1","Status":{"hooks":[{"Code":0}]}})", seed, R,
       "q-1", "ok", "iso-8859-1", as_it_came},
      {"some codes 0", R"({"QueryId":"q-1","Status":{"a":[{"Code":0}],"b":[{"Code":-5},{"Code":0}]}})", seed,
       N, "q-1", "partial", "iso-8859-1", as_it_came},
      {"a Code outside Status does not count",
       R"({"QueryId":"q-1","Result":[{"Code":-5}],"Code":-1,"Status":{"a":[{"Code":0}]}})", seed, R, "q-1",
       "ok", "iso-8859-1", as_it_came},
      {"Status as one object", R"({"QueryId":"q-1","Status":{"Code":-5,"Message":"x"}})", seed, N, "q-1",
       "failed", "iso-8859-1", as_it_came},
      // Broken.
      {"best fit quotes", R"({"Result":[{"n":"o "bom" amigo"}],"QueryId":"q-1"})", seed, U, "q-1", nothing,
       "iso-8859-1", nothing},
      {"cut short", R"({"QueryId":"q-1","Result":[{"a)", seed, U, "q-1", nothing, "iso-8859-1", nothing},
      {"cut short, QueryId inside only", R"({"Result":[{"QueryId":"inner"},)", seed, U, nothing, nothing,
       "iso-8859-1", nothing},
      {"200,000 [", std::string(200'000, '['), seed, U, nothing, nothing, "iso-8859-1", nothing},
      {"1,001 levels below a QueryId",
       R"({"QueryId":"q-1","a":)" + std::string(1'000, '[') + std::string(1'000, ']') + "}", seed, U, "q-1",
       nothing, "iso-8859-1", nothing},
      {"empty", "", seed, U, nothing, nothing, "iso-8859-1", nothing},
      {"spaces only", " \n", seed, U, nothing, nothing, "iso-8859-1", nothing},
      {"NUL bytes", std::string(508, '\0'), seed, U, nothing, nothing, "iso-8859-1", nothing},
      {"a NUL inside JSON", std::string("{\"QueryId\":\"q-1\",\"a\":\"\0\"}", 24), seed, U, "q-1", nothing,
       "iso-8859-1", nothing},
      {"text behind the document", ok + "x", seed, U, "q-1", nothing, "iso-8859-1", nothing},
      {"plain words", "hello world", seed, U, nothing, nothing, "iso-8859-1", nothing},
      {"XML", R"(<a b="c">d</a>)", seed, U, nothing, nothing, "iso-8859-1", nothing},
      {"a JSON text", R"("just a string")", json_utf8, U, nothing, nothing, "utf-8", nothing},
      // Content codings.
      {"gzip", gzip(ok), seed, R, "q-1", "ok", "iso-8859-1", ok, "gzip"},
      {"gzip, cut short", gzip(ok).substr(0, 40), seed, U, nothing, nothing, "", nothing, "gzip"},
      {"gzip, beyond the cap", gzip(std::string(3'000'000, ' ') + ok), seed, U, nothing, nothing, "", nothing,
       "gzip"},
      {"a coding nobody knows", ok, seed, U, nothing, nothing, "", nothing, "br"},
      {"identity", ok, seed, R, "q-1", "ok", "iso-8859-1", as_it_came, "identity"},
  };
}

} // namespace postbackd::test
