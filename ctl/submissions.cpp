#include "submissions.hpp"

#include <algorithm>
#include <atomic>
#include <future>

#include "api_client.hpp"
#include "base/ascii.hpp"
#include "text/json.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd::ctl
{
namespace
{

// Requests that share a commit.
constexpr std::size_t most_at_once = 16;

class InFile final : public Submissions
{
public:
  explicit InFile(const Configuration& configuration)
      : route_(configuration.fixed.platform->route), store_(open_store(configuration, store::Access::write))
  {
  }

  std::vector<store::Enqueued> enqueue(const std::vector<model::Submission>& submissions) override
  {
    return store_->enqueue(submissions, route_, now());
  }
  std::optional<store::QueryRecord> find(const std::string& id) override { return store_->find(id); }
  std::optional<std::string> result(const std::string& id) override { return store_->result(id); }
  bool are_sent() override { return is_submitting(*store_); }

private:
  std::string route_;
  std::unique_ptr<store::OperatorStore> store_;
};

std::string body_of(const model::Submission& submission)
{
  text::JsonWriter writer;
  writer.begin_object().key("api").string(submission.api).key("datasets").string(submission.datasets);
  writer.key("q").string(submission.q);
  if (submission.label) writer.key("label").string(*submission.label);
  if (submission.parameters) writer.key("parameters").raw(*submission.parameters);
  if (submission.metadata) writer.key("metadata").raw(*submission.metadata);
  if (submission.group) writer.key("group").string(*submission.group);
  writer.key("deadline")
      .string(submission.deadline_at ? text::format_time(*submission.deadline_at)
                                     : std::to_string(submission.deadline.count()) + "s");
  if (submission.expires_at) writer.key("expires").string(text::format_time(*submission.expires_at));
  if (submission.again) writer.key("again").boolean(true);
  if (submission.max_age) writer.key("max_age").string(std::to_string(submission.max_age->count()) + "s");
  if (submission.recover) writer.key("recover").boolean(true);
  return std::string(writer.end_object().text());
}

store::QueryRecord read_query(const std::string& body)
{
  const auto document = text::JsonDocument::parse(body);
  if (!document) throw base::Failure(base::Errc::invalid, "the daemon's answer is not JSON");
  const auto text = [&](std::string_view name) { return std::string(document->root().member(name).text()); };
  store::QueryRecord query;
  query.correlation = text("id");
  query.query_id = text("query_id");
  query.state = model::query_state_of(text("state")).value_or(model::QueryState::pending);
  query.message = text("message");
  query.reason = text("reason");
  query.receipt = document->root().member("receipt").integer();
  return query;
}

class OverApi final : public Submissions
{
public:
  explicit OverApi(ApiClient client) : client_(std::move(client)) {}

  std::vector<store::Enqueued> enqueue(const std::vector<model::Submission>& submissions) override
  {
    std::vector<store::Enqueued> enqueued(submissions.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < submissions.size(); i = next++)
        enqueued[i] = enqueue_one(submissions[i]);
    };
    std::vector<std::future<void>> workers;
    for (std::size_t i = 0; i < std::min(most_at_once, submissions.size()); ++i)
      workers.push_back(std::async(std::launch::async, work));
    for (auto& worker : workers)
      worker.get(); // throws what it has thrown; the others end first
    return enqueued;
  }

  std::optional<store::QueryRecord> find(const std::string& id) override
  {
    const ApiClient::Answer answer = client_.get(path_of(id));
    return answer.status == 200 ? std::optional(read_query(answer.body)) : std::nullopt;
  }

  std::optional<std::string> result(const std::string& id) override
  {
    const ApiClient::Answer answer = client_.get(path_of(id) + "/result");
    return answer.status == 200 ? std::optional(answer.body) : std::nullopt;
  }

  bool are_sent() override { return true; } // it listens, so it runs

private:
  static std::string path_of(const std::string& id) { return "/v1/queries/" + base::percent_encoded(id); }

  // Without a key, a repeat would be another submission.
  store::Enqueued enqueue_one(const model::Submission& submission)
  {
    const std::string body = body_of(submission);
    const ApiClient::Answer answer =
        submission.key ? client_.call_until_answered("POST", "/v1/queries", body,
                                                     {"Idempotency-Key: " + *submission.key})
                       : client_.call("POST", "/v1/queries", body);
    if (answer.status == 409) return {.belongs_to_another = "key"};
    if (answer.status >= 400) throw base::Failure(base::Errc::invalid, detail_of(answer.body));
    return {.correlation = read_query(answer.body).correlation, .is_new = answer.status != 200};
  }

  ApiClient client_;
};

} // namespace

std::unique_ptr<Submissions> open_submissions(const Configuration& configuration)
{
  if (auto client = ApiClient::connect(configuration)) return std::make_unique<OverApi>(std::move(*client));
  return std::make_unique<InFile>(configuration);
}

} // namespace postbackd::ctl
