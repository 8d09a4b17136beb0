#include "admin/query_api.hpp"

#include "base/spawn.hpp"
#include "http/page.hpp"
#include "text/json.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd::admin
{
namespace
{

using boost::asio::awaitable;

constexpr std::uint64_t largest_question = 64 << 10;

http::Response error(unsigned status, const std::string& why)
{
  text::JsonWriter writer;
  writer.begin_object().key("error").string(why).end_object();
  http::Response response = http::json_response(std::string(writer.text()));
  response.status = status;
  response.why = why;
  return response;
}

std::optional<std::string> text_or_nothing(const text::JsonNode& node)
{
  return node.present() ? std::optional(std::string(node.text())) : std::nullopt;
}

// Throws base::Failure with a sentence for people.
model::Question question_of(const http::Request& request, std::chrono::seconds deadline)
{
  const auto document = text::JsonDocument::parse(request.body.bytes());
  if (!document || !document->root().is_object())
    throw base::Failure(base::Errc::invalid, "expected a JSON object with api, datasets and q");
  const text::JsonNode root = document->root();
  model::Question question{.api = std::string(root.find("api").text()),
                           .datasets = std::string(root.find("datasets").text()),
                           .q = std::string(root.find("q").text()),
                           .label = text_or_nothing(root.find("label")),
                           .key = text_or_nothing(root.find("key")),
                           .deadline = deadline};
  if (const auto key = request.head.only("Idempotency-Key")) question.key = std::string(*key);
  if (const auto given = text_or_nothing(root.find("deadline"))) {
    const auto duration = text::parse_duration(*given);
    if (!duration) throw base::Failure(base::Errc::invalid, "deadline: expected a time such as 10m");
    question.deadline = std::chrono::duration_cast<std::chrono::seconds>(*duration);
  }
  if (const std::string problem = model::problem_of(question); !problem.empty())
    throw base::Failure(base::Errc::invalid, problem);
  return question;
}

http::Response unknown() { return error(404, "there is no query with this id"); }

} // namespace

void QueryApi::add_to(http::Settings& settings)
{
  const auto add = [&](const char* method, const char* path,
                       awaitable<http::Response> (QueryApi::*handler)(http::Request)) {
    auto page = std::make_unique<http::Page>(
        [this, handler](http::Request request) { return (this->*handler)(std::move(request)); },
        largest_question);
    settings.router.add(method, path, *page);
    settings.endpoints.push_back(std::move(page));
  };
  add("POST", "/v1/queries", &QueryApi::submit);
  add("GET", "/v1/queries/{id}", &QueryApi::show);
  add("GET", "/v1/queries/{id}/result", &QueryApi::result);
}

awaitable<http::Response> QueryApi::submit(http::Request request)
{
  if (surroundings_.route.empty()) co_return error(409, "[platform] is not configured");
  std::optional<model::Question> question;
  std::string problem;
  try {
    question = question_of(request, surroundings_.deadline);
  } catch (const base::Failure& failure) {
    problem = failure.what();
  }
  if (!question) co_return error(400, problem);
  http::Response response;
  auto queue = [&] { response = this->queue(*question); };
  co_await base::run_on(surroundings_.background, queue);
  co_return response;
}

http::Response QueryApi::queue(const model::Question& question)
{
  const store::Queued queued =
      surroundings_.questions.enqueue({question}, surroundings_.route, surroundings_.clock.now()).front();
  if (queued.is_another) return error(409, "the key belongs to another question");
  if (surroundings_.on_queued) surroundings_.on_queued();
  text::JsonWriter writer;
  writer.begin_object().key("id").string(queued.correlation).end_object();
  http::Response response = http::json_response(std::string(writer.text()));
  response.status = queued.is_new ? 202 : 200;
  return response;
}

awaitable<http::Response> QueryApi::show(http::Request request)
{
  const std::string id(request.head.parameters.front());
  http::Response response;
  auto describe = [&] { response = this->describe(id); };
  co_await base::run_on(surroundings_.background, describe);
  co_return response;
}

http::Response QueryApi::describe(const std::string& id)
{
  const auto state = surroundings_.questions.find(id);
  if (!state) return unknown();
  text::JsonWriter writer;
  writer.begin_object();
  const auto add = [&writer](std::string_view name, const std::string& value) {
    if (!value.empty()) writer.key(name).string(value);
  };
  add("id", state->correlation);
  add("query_id", state->query_id);
  add("state", state->state);
  add("label", state->label);
  add("api", state->api);
  add("datasets", state->datasets);
  add("created_at", state->created_at);
  add("deadline_at", state->deadline_at);
  add("answered_at", state->answered_at);
  add("status", state->status);
  if (state->code) writer.key("code").number(*state->code);
  add("message", state->message);
  writer.end_object();
  return http::json_response(std::string(writer.text()));
}

awaitable<http::Response> QueryApi::result(http::Request request)
{
  const std::string id(request.head.parameters.front());
  http::Response response;
  auto find = [&] { response = document_of(id); };
  co_await base::run_on(surroundings_.background, find);
  co_return response;
}

http::Response QueryApi::document_of(const std::string& id)
{
  const auto state = surroundings_.questions.find(id);
  if (!state) return unknown();
  if (!state->receipt) return error(404, "it has no result; its state is " + state->state);
  model::Event event;
  event.receipt = state->receipt;
  http::Response response;
  response.document = surroundings_.documents.document(event, surroundings_.spool);
  return response;
}

} // namespace postbackd::admin
