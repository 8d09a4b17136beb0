#include "simulator/platform_simulator.hpp"

#include "base/ascii.hpp"
#include "base/spawn.hpp"
#include "http/open_endpoint.hpp"
#include "model/submission.hpp"
#include "text/json.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd::simulator
{
namespace
{

namespace asio = boost::asio;
using asio::awaitable;

constexpr std::size_t page_size = 50;
constexpr std::uint64_t largest_request = 64 << 10;
// -111 and -131: docs/protocol.md, "Status codes". The codes for malformed JSON, datasets, hooks and q are
// our own.
constexpr int invalid_json = -100;
constexpr int invalid_datasets = -133;
constexpr int invalid_token = -111;
constexpr int invalid_api = -131;
constexpr int invalid_hooks = -132;
constexpr int invalid_query = -101;

// Removes a comma before the end of an object or a list, as the documents' examples have it ("Exemplos").
std::string without_last_commas(std::string_view json)
{
  std::string text;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '"' && (i == 0 || json[i - 1] != '\\')) in_string = !in_string;
    const std::size_t next = json.find_first_not_of(" \t\r\n", i + 1);
    const bool last = next != std::string_view::npos && (json[next] == '}' || json[next] == ']');
    if (in_string || json[i] != ',' || !last) text += json[i];
  }
  return text;
}

// Returns the document; of malformed JSON one that is no object.
text::JsonDocument parse(const http::Request& request)
{
  auto document = text::JsonDocument::parse(without_last_commas(request.body.bytes()));
  if (!document) document = text::JsonDocument::parse("null");
  return *document;
}

// Returns whether each name is a word, perhaps with a filter after it: `basic_data, phones.filter(…)`.
bool are_datasets(std::string_view names)
{
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    const std::size_t first = name.find_first_not_of(' ');
    if (first == std::string_view::npos || !base::is_letter(name[first])) return false;
    const std::size_t end = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_", first);
    const bool has_filter = end != std::string_view::npos && (name[end] == '.' || name[end] == '{');
    if (!has_filter && name.find_first_not_of(' ', end) != std::string_view::npos) return false;
  }
  return true;
}

// A code and its message; 0: none.
struct Problem {
  int code = 0;
  const char* message = "";
};

Problem problem_of(const Asked& asked)
{
  if (!model::is_api(asked.api)) return {invalid_api, "INVALID API PARAMETER"};
  if (!model::problem_of({asked.api, asked.datasets, asked.q, {}, {}}).empty())
    return {invalid_query, "INVALID QUERY PARAMETERS"};
  if (!are_datasets(asked.datasets)) return {invalid_datasets, "INVALID DATASETS PARAMETER"};
  return {};
}

// Writes a time as the platform does: with five to seven fraction digits.
std::string date_of(base::TimePoint now)
{
  std::string text = text::format_time(now);
  text.insert(text.size() - 1, "4567");
  return text;
}

std::string new_query_id()
{
  std::string id = base::to_hex(base::random_bytes(16));
  for (const std::size_t at : {8U, 13U, 18U, 23U})
    id.insert(at, 1, '-');
  return id;
}

std::string acknowledgement(const std::string& query_id, int code, const char* message)
{
  text::JsonWriter writer;
  writer.begin_object();
  if (!query_id.empty()) writer.key("QueryId").string(query_id);
  writer.key("ElapsedMilliseconds").number(5).key("Status").begin_object().key("api").begin_array();
  writer.begin_object().key("Code").number(code).key("Message").string(message).end_object();
  writer.end_array().end_object().end_object();
  return std::string(writer.text());
}

} // namespace

PlatformSimulator::PlatformSimulator(asio::io_context& io, base::Spool& spool, const base::Clock& clock,
                                     Options options)
    : io_(io), spool_(spool), clock_(clock), options_(std::move(options)), random_(options_.sender.seed),
      sender_(io, spool, clock, options_.sender)
{
}

void PlatformSimulator::add_to(http::Settings& settings)
{
  const auto add = [&](const char* method, const char* path,
                       awaitable<http::Response> (PlatformSimulator::*handler)(http::Request)) {
    settings.add(method, path,
                 std::make_unique<http::OpenEndpoint>(std::bind_front(handler, this), largest_request));
  };
  add("POST", "/chamadasassincronas/", &PlatformSimulator::submit);
  add("POST", "/chamadasassincronas/obterMetadado", &PlatformSimulator::metadata);
  add("POST", "/chamadasassincronas/status", &PlatformSimulator::statistics);
  add("POST", "/log/", &PlatformSimulator::log);
  add("GET", "/record", &PlatformSimulator::record);
}

bool PlatformSimulator::has_token(const http::RequestHead& head) const
{
  return head.first("AccessToken") == options_.access_token && head.first("TokenId") == options_.token_id;
}

http::Response PlatformSimulator::refuse(int code, const char* message)
{
  ++refused_;
  return http::json_response(acknowledgement(new_query_id(), code, message));
}

awaitable<http::Response> PlatformSimulator::submit(http::Request request)
{
  const text::JsonDocument document = parse(request);
  const text::JsonNode root = document.root();
  if (!has_token(request.head)) co_return refuse(invalid_token, "INVALID ACCESS TOKEN");
  if (!root.is_object()) co_return refuse(invalid_json, "INVALID JSON");
  auto query = std::make_shared<Query>();
  query->asked = {new_query_id(), std::string(root.find("Api").text()),
                  std::string(root.find("Datasets").text()), std::string(root.find("Q").text()),
                  date_of(clock_.now())};
  const Asked& asked = query->asked;
  const std::string query_id = asked.query_id;
  if (const Problem problem = problem_of(asked); problem.code != 0)
    co_return refuse(problem.code, problem.message);
  auto hooks = text::parse_hooks(root.find("Hooks").text());
  if (!hooks) co_return refuse(invalid_hooks, "INVALID HOOKS PARAMETER");
  const auto behaviour = options_.profile.choose(asked.q, random_);
  if (!behaviour) co_return refuse(invalid_query, "INVALID SIMULATE PARAMETER");
  query->hooks = std::move(*hooks);
  query->behaviour = *behaviour;
  const std::chrono::milliseconds ack_delay = behaviour->ack_delay;
  if (behaviour->ack_code != 0) co_return refuse(behaviour->ack_code, "SIMULATED ERROR");
  http::Response response = http::json_response(acknowledgement(query_id, 0, "OK"));
  if (behaviour->http_status != 0) {
    response = http::error_response(static_cast<unsigned>(behaviour->http_status));
    if (behaviour->http_status == 429) response.retry_after = std::chrono::seconds(1);
    if (behaviour->http_status < 500) {
      co_await sender_.pause(ack_delay);
      co_return response;
    }
  }
  ledger_.add(query);
  if (behaviour->early)
    co_await sender_.deliver(query);
  else
    base::spawn(io_.get_executor(), "deliver", sender_.deliver(query));
  if (ack_delay.count() > 0) co_await sender_.pause(ack_delay);
  if (behaviour->nameless) response.body = acknowledgement("", 0, "OK");
  if (behaviour->garbled) response.body = "<html>Bad gateway</html>";
  if (behaviour->lost_ack) response.status = 0;
  co_return response;
}

awaitable<http::Response> PlatformSimulator::metadata(http::Request request)
{
  const text::JsonDocument document = parse(request);
  if (!has_token(request.head)) co_return refuse(invalid_token, "INVALID ACCESS TOKEN");
  const QueryPointer query = ledger_.find(std::string(document.root().find("QueryId").text()));
  if (!query) co_return refuse(invalid_query, "QUERY NOT FOUND");
  co_return ledger_.metadata(*query);
}

awaitable<http::Response> PlatformSimulator::statistics(http::Request request)
{
  if (!has_token(request.head)) co_return refuse(invalid_token, "INVALID ACCESS TOKEN");
  co_return ledger_.statistics();
}

awaitable<http::Response> PlatformSimulator::log(http::Request request)
{
  const text::JsonDocument document = parse(request);
  const text::JsonNode root = document.root();
  if (!has_token(request.head)) co_return refuse(invalid_token, "INVALID ACCESS TOKEN");
  const auto size = static_cast<std::size_t>(
      std::max<std::int64_t>(1, root.find("PageSize").integer().value_or(page_size)));
  co_return ledger_.log(std::string(root.find("QueryId").text()), std::string(root.find("q").text()),
                        std::string(root.find("Cursor").text()), size, spool_);
}

awaitable<http::Response> PlatformSimulator::record(http::Request) { co_return ledger_.record(refused_); }

} // namespace postbackd::simulator
