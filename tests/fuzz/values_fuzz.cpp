// The parsers of short texts.
#include <cstdint>
#include <cstdlib>

#include "base/plain_text.hpp"
#include "http/network.hpp"
#include "model/query.hpp"
#include "model/query_id_scan.hpp"
#include "platform/acknowledgement.hpp"
#include "text/charset.hpp"
#include "text/hooks.hpp"
#include "text/time.hpp"

using namespace postbackd;

namespace
{

void require(bool condition)
{
  if (!condition) std::abort();
}

bool is_utf8(std::string_view text)
{
  text::Utf8Check check;
  check.feed(text);
  return check.is_utf8();
}

void scan_for_query_id(const std::string& text)
{
  const auto id = model::find_query_id(base::Blob(text));
  require(!id || model::is_query_id(*id));
}

void parse_times(std::string_view text)
{
  const auto duration = text::parse_duration(text);
  require(!duration || duration->count() >= 0);
  text::parse_size(text);
  if (const auto time = text::parse_time(text)) require(text::parse_time(text::format_time(*time)) == time);
}

void parse_hooks(std::string_view text)
{
  const auto hooks = text::parse_hooks(text);
  require(!hooks || !hooks->empty());
}

void make_plain(std::string_view text)
{
  require(is_utf8(base::as_utf8(text)));
  const std::string line = base::as_line(text);
  require(is_utf8(line));
  for (const char c : line)
    require(static_cast<unsigned char>(c) >= 0x20);
}

void judge(const std::string& text)
{
  for (const int status : {200, 429, 500}) {
    http::ClientAnswer answer;
    answer.status = status;
    answer.body = text;
    const platform::Acknowledgement result = platform::acknowledgement_of(answer);
    require(result.query_id.empty() || model::is_query_id(result.query_id));
    require(is_utf8(result.message));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  const std::string text(reinterpret_cast<const char*>(data), size);
  scan_for_query_id(text);
  parse_times(text);
  parse_hooks(text);
  make_plain(text);
  judge(text);
  http::Network::parse(text);
  return 0;
}
