#include "platform/acknowledgement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/query.hpp"
#include "text/charset.hpp"

namespace postbackd::platform
{
namespace
{

constexpr std::size_t kept_message = 200;
// docs/protocol.md, "Status codes".
constexpr std::int64_t invalid_token = -111;

// Returns the text safe for people, rows and logs: without control characters and broken UTF-8, and short.
std::string cleaned(std::string_view text)
{
  std::string clean(text.substr(0, kept_message));
  text::Utf8Check check;
  check.feed(clean);
  const bool utf8 = check.is_utf8();
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (!utf8 && byte > 0x7F)) c = '?';
  }
  return clean;
}

std::optional<Code> code_in(const text::JsonNode& node)
{
  const auto code = node.find("Code").integer();
  if (!code) return std::nullopt;
  return Code{*code, cleaned(node.find("Message").text())};
}

// Judges an answer without a code of the platform: from a proxy, or from something else that listens there.
Acknowledgement judge_status(const http::ClientAnswer& answer)
{
  using Outcome = Acknowledgement::Outcome;
  Acknowledgement result;
  result.message = description_of(answer);
  if (answer.status == 429) result.outcome = Outcome::not_accepted;
  if (answer.status >= 300 && answer.status < 400)
    result.message += ": redirects are not followed; check [platform] base_url";
  const bool refused =
      answer.status >= 300 && answer.status < 500 && answer.status != 408 && answer.status != 429;
  if (refused) result.outcome = Outcome::refused;
  if (answer.status < 300) result.message += ": no acknowledgement; check [platform] base_url";
  return result;
}

// Judges by the code of `api`, or by all codes if it has none. A 0 beside an error may mean that it was
// accepted.
Acknowledgement judge_codes(const text::JsonNode& status)
{
  using Outcome = Acknowledgement::Outcome;
  std::vector<Code> codes;
  for (const text::JsonNode& each : status.find("api").elements())
    if (auto code = code_in(each); code && codes.empty()) codes.push_back(std::move(*code));
  if (codes.empty()) codes = codes_of(status);
  const auto count = [&codes](auto condition) {
    return std::count_if(codes.begin(), codes.end(), condition);
  };
  const auto zeros = count([](const Code& code) { return code.code == 0; });
  const auto later = count([](const Code& code) { return code.code <= retryable_code; });
  const auto all = static_cast<std::ptrdiff_t>(codes.size());
  Acknowledgement result;
  const auto worst = worst_of(codes);
  if (!worst) return result;
  result.code = worst->code;
  result.message = worst->code == 0 ? worst->message : worst->text();
  result.outcome = zeros == all   ? Outcome::accepted
                   : zeros > 0    ? Outcome::unknown
                   : later == all ? Outcome::not_accepted
                                  : Outcome::refused;
  return result;
}

} // namespace

std::string Code::text() const { return fmt::format("{} {}", code, message); }

std::vector<Code> codes_of(const text::JsonNode& status)
{
  std::vector<Code> codes;
  if (const auto single = code_in(status)) return {*single};
  for (const auto& [name, list] : status.members())
    for (const text::JsonNode& each : list.elements())
      if (auto code = code_in(each)) codes.push_back(std::move(*code));
  return codes;
}

std::optional<Code> worst_of(const std::vector<Code>& codes)
{
  for (const Code& code : codes)
    if (code.code != 0) return code;
  return codes.empty() ? std::nullopt : std::optional(codes.front());
}

std::string description_of(const http::ClientAnswer& answer)
{
  const auto type = answer.fields.find("content-type");
  return fmt::format("HTTP {}, {} bytes of {}", answer.status, answer.body.size(),
                     type == answer.fields.end() ? "no type" : cleaned(type->second));
}

Acknowledgement acknowledgement_of(const http::ClientAnswer& answer)
{
  using Outcome = Acknowledgement::Outcome;
  const auto document = text::JsonDocument::parse(answer.body);
  Acknowledgement result;
  if (document) result = judge_codes(document->root().find("Status"));
  if (!result.code || answer.status == 429) result = judge_status(answer);
  const std::string_view id = document ? document->root().find("QueryId").text() : std::string_view();
  // The vendor's support asks for it; no result comes to it.
  if (result.outcome == Outcome::refused && model::is_query_id(id))
    result.message += fmt::format(" (QueryId {})", id);
  if (result.outcome == Outcome::accepted) {
    if (model::is_query_id(id))
      result.query_id = id;
    else
      result.message = "acknowledged without a QueryId";
  }
  // Not the query's fault: it waits until the account is in order again.
  result.account_refused = result.code == invalid_token || answer.status == 401 || answer.status == 403;
  if (result.account_refused && result.outcome == Outcome::refused) result.outcome = Outcome::not_accepted;
  // Whatever the body says, a server that failed may have accepted the submission first.
  if (answer.status >= 500 && result.outcome != Outcome::accepted) result.outcome = Outcome::unknown;
  result.retry_after = answer.retry_after;
  return result;
}

} // namespace postbackd::platform
