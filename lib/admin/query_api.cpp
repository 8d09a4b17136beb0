#include "admin/query_api.hpp"

#include "base/spawn.hpp"
#include "http/open_endpoint.hpp"
#include "model/submission_reader.hpp"
#include "text/json.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd::admin
{
namespace
{

using boost::asio::awaitable;

constexpr std::uint64_t largest_submission = 64 << 10;

http::Response error(unsigned status, const std::string& why)
{
  text::JsonWriter writer;
  writer.begin_object().key("error").string(why).end_object();
  http::Response response = http::json_response(std::string(writer.text()));
  response.status = status;
  response.why = why;
  return response;
}

// Throws base::Failure with a readable message.
model::Submission submission_of(const http::Request& request, std::chrono::seconds deadline,
                                base::TimePoint now)
{
  const auto document = text::JsonDocument::parse(request.body.bytes());
  model::Submission submission =
      model::read_submission(document ? document->root() : text::JsonNode(), deadline, now);
  if (const auto key = request.head.only("Idempotency-Key")) submission.key = std::string(*key);
  if (const std::string problem = model::problem_of(submission); !problem.empty())
    throw base::Failure(base::Errc::invalid, problem);
  return submission;
}

awaitable<http::Response> say(http::Response response) { co_return response; }

http::Response unknown() { return error(404, "there is no query with this id"); }

} // namespace

void QueryApi::add_to(http::Settings& settings)
{
  const auto add = [&](const char* method, const char* path,
                       awaitable<http::Response> (QueryApi::*handler)(http::Request)) {
    settings.add(method, path,
                 std::make_unique<http::OpenEndpoint>(std::bind_front(handler, this), largest_submission));
  };
  add("POST", "/v1/queries", &QueryApi::submit);
  add("GET", "/v1/queries/{id}", &QueryApi::show);
  add("GET", "/v1/queries/{id}/result", &QueryApi::result);
}

// Reads here and queues there: in one coroutine, GCC 12 warns of a mismatched delete that is not one.
awaitable<http::Response> QueryApi::submit(http::Request request)
{
  if (dependencies_.route.empty()) return say(error(409, "[platform] is not configured"));
  try {
    return enqueue(submission_of(request, dependencies_.deadline, dependencies_.clock.now()));
  } catch (const base::Failure& failure) {
    return say(error(400, failure.what()));
  }
}

awaitable<http::Response> QueryApi::enqueue(model::Submission submission)
{
  std::function<http::Response()> queue = [this, &submission] { return this->queue(submission); };
  co_return co_await base::run_on(dependencies_.background, std::move(queue));
}

http::Response QueryApi::queue(const model::Submission& submission)
{
  const store::Enqueued queued =
      dependencies_.submissions.enqueue({submission}, dependencies_.route, dependencies_.clock.now()).front();
  if (queued.is_different) return error(409, "the key belongs to a different submission");
  if (dependencies_.on_queued) dependencies_.on_queued();
  text::JsonWriter writer;
  writer.begin_object().key("id").string(queued.correlation).end_object();
  http::Response response = http::json_response(std::string(writer.text()));
  response.status = queued.is_new ? 202 : 200;
  return response;
}

awaitable<http::Response> QueryApi::show(http::Request request)
{
  const std::string id(request.head.parameters.front());
  std::function<http::Response()> describe = [&] { return this->describe(id); };
  co_return co_await base::run_on(dependencies_.background, std::move(describe));
}

http::Response QueryApi::describe(const std::string& id)
{
  const auto state = dependencies_.submissions.find(id);
  if (!state) return unknown();
  text::JsonWriter writer;
  writer.begin_object();
  const auto add = [&writer](std::string_view name, const std::string& value) {
    if (!value.empty()) writer.key(name).string(value);
  };
  add("id", state->correlation);
  add("query_id", state->query_id);
  add("state", std::string(model::to_text(state->state)));
  add("label", state->label);
  add("api", state->api);
  add("datasets", state->datasets);
  const auto add_time = [&writer](std::string_view name, std::optional<base::TimePoint> time) {
    if (time) writer.key(name).string(text::format_time(*time));
  };
  add_time("created_at", state->created_at);
  add_time("deadline_at", state->deadline_at);
  add_time("answered_at", state->answered_at);
  add("status", state->status);
  if (state->code) writer.key("code").number(*state->code);
  add("message", state->message);
  writer.end_object();
  return http::json_response(std::string(writer.text()));
}

awaitable<http::Response> QueryApi::result(http::Request request)
{
  const std::string id(request.head.parameters.front());
  std::function<http::Response()> find = [&] { return document_of(id); };
  co_return co_await base::run_on(dependencies_.background, std::move(find));
}

http::Response QueryApi::document_of(const std::string& id)
{
  const auto state = dependencies_.submissions.find(id);
  if (!state) return unknown();
  if (!state->receipt)
    return error(404, "it has no result; its state is " + std::string(model::to_text(state->state)));
  model::Event event;
  event.receipt = state->receipt;
  http::Response response;
  response.document = dependencies_.documents.document(event, dependencies_.spool);
  return response;
}

} // namespace postbackd::admin
