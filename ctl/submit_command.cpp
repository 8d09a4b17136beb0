// submit.
#include <fmt/format.h>

#include <iostream>
#include <thread>

#include "base/plain_text.hpp"
#include "command.hpp"
#include "document.hpp"
#include "submissions.hpp"
#include "submit_batch.hpp"
#include "text/time.hpp"

namespace postbackd::ctl
{
namespace
{

using model::QueryState;
using store::QueryRecord;

constexpr std::chrono::milliseconds look_period{50};
constexpr int looks_of_a_second = 20;

struct SubmitArguments {
  model::Submission submission;
  std::optional<std::string> deadline;
  std::optional<std::string> max_age;
  std::optional<std::string> expires;
  std::string batch;
  std::string run;
  bool wait = false;
};

bool is_answered(const QueryRecord& query) { return query.receipt.has_value(); }
// True once the platform replied, or the submission ended without a reply.
bool has_reply(const QueryRecord& query)
{
  return !query.query_id.empty() || (query.state != QueryState::queued && !query.message.empty());
}

// Waits for the reply or, with `wait`, for the result. Reports on standard error why it waits.
QueryRecord await(Submissions& submissions, const std::string& correlation, bool wait)
{
  std::string told;
  for (int looks = 1;; ++looks, std::this_thread::sleep_for(look_period)) {
    if (looks % looks_of_a_second == 0 && !submissions.are_sent())
      throw base::Failure(base::Errc::unavailable,
                          "postbackd has stopped: the submission is on disk, with the correlation " +
                              correlation);
    const auto query = submissions.find(correlation);
    if (!query) throw base::Failure(base::Errc::not_found, "the submission is no longer in the store");
    if (is_answered(*query) || model::is_given_up(query->state) || (!wait && has_reply(*query)))
      return *query;
    if (query->message.empty() || query->message == told || !query->query_id.empty()) continue;
    told = query->message;
    std::cerr << "postbackctl: "
              << (query->state == QueryState::queued ? "not accepted yet: " : "no acknowledgement: ")
              << base::as_line(told) << '\n';
  }
}

int report(Submissions& submissions, const QueryRecord& query, bool wait)
{
  if (model::is_given_up(query.state)) {
    const std::string why = query.state == QueryState::lost ? "the platform's log does not have its result"
                            : query.state == QueryState::closed ? query.reason
                                                                : query.message;
    std::cerr << fmt::format("postbackctl: {}: {}\n", model::to_text(query.state), base::as_line(why));
    return exit_failed;
  }
  if (wait) {
    if (const auto result = submissions.result(query.correlation)) print_document(*result + '\n');
    return exit_good;
  }
  if (query.query_id.empty()) {
    std::cerr << fmt::format("postbackctl: no acknowledgement: {}\nIts result will be matched anyway: "
                             "postbackctl show {}\n",
                             base::as_line(query.message), query.correlation);
    return exit_not_yet;
  }
  std::cout << query.query_id << '\n';
  return exit_good;
}

int submit_one(const Configuration& configuration, const SubmitArguments& arguments)
{
  if (const std::string problem = model::problem_of(arguments.submission); !problem.empty())
    throw base::Failure(base::Errc::invalid, "--" + problem);
  const auto submissions = open_submissions(configuration);
  const store::Enqueued enqueued = submissions->enqueue({arguments.submission}).front();
  if (!enqueued.belongs_to_another.empty())
    throw base::Failure(base::Errc::invalid, "--key: it belongs to a different submission");
  if (!submissions->are_sent()) {
    std::cerr << "postbackctl: postbackd is not running: the submission is on disk, and will be sent when it "
                 "runs; its "
                 "correlation is "
              << enqueued.correlation << '\n';
    return exit_not_yet;
  }
  return report(*submissions, await(*submissions, enqueued.correlation, arguments.wait), arguments.wait);
}

int submit(const Configuration& configuration, const SubmitArguments& given)
{
  if (!configuration.fixed.platform)
    throw base::Failure(base::Errc::invalid, "the configuration has no [platform] to submit to");
  SubmitArguments arguments = given;
  arguments.submission.client = "local";
  if (arguments.max_age) {
    const auto age = text::parse_duration(*arguments.max_age);
    if (!age)
      throw base::Failure(base::Errc::invalid,
                          "--max-age: '" + *arguments.max_age + "' is not a duration (24h)");
    arguments.submission.max_age = std::chrono::duration_cast<std::chrono::seconds>(*age);
  }
  const auto deadline = duration_of("--deadline", arguments.deadline);
  const bool is_time = deadline && !text::parse_duration(*arguments.deadline);
  if (is_time) arguments.submission.deadline_at = now() + *deadline;
  arguments.submission.deadline = deadline && !is_time
                                      ? std::chrono::duration_cast<std::chrono::seconds>(*deadline)
                                      : configuration.fixed.deadline;
  normalise_object("--metadata", arguments.submission.metadata);
  normalise_object("--parameters", arguments.submission.parameters);
  if (const auto expires = duration_of("--expires", arguments.expires))
    arguments.submission.expires_at = now() + *expires;
  if (arguments.submission.again && arguments.batch.empty() && !arguments.submission.key)
    throw base::Failure(base::Errc::invalid, "--again: it goes with --key or --batch");
  if (arguments.batch.empty()) return submit_one(configuration, arguments);
  return submit_batch(configuration, {arguments.batch, arguments.run, arguments.submission, arguments.wait});
}

} // namespace

void add_submit_command(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<SubmitArguments>();
  base::CommandLine* sub = add_command(
      app, "submit", "Submits a query to the platform, and prints its QueryId", command, arguments, submit);
  sub->add_option("--api", arguments->submission.api, "people, companies, lawsuits, …");
  sub->add_option("--datasets", arguments->submission.datasets, "Separated by commas: basic_data,phones");
  sub->add_option("--q", arguments->submission.q, "The query's parameters: doc{12345678900}");
  sub->add_option("--parameters", arguments->submission.parameters,
                  "Further members of the platform's request, a JSON object: {\"Limit\":1,\"Tags\":{…}}");
  sub->add_option("--metadata", arguments->submission.metadata, "A JSON object of your own, at most 4 KiB");
  sub->add_option("--label", arguments->submission.label, "Your own words for the query");
  sub->add_option("--key", arguments->submission.key, "The same key is the same submission: it is sent once");
  sub->add_option("--deadline", arguments->deadline,
                  "The time from its acknowledgement until it is overdue: 30s, 10m, 2h, 5d");
  sub->add_option("--expires", arguments->expires,
                  "Not sent any more after this time: 2h, or a time to come");
  sub->add_option("--group", arguments->submission.group,
                  "Queries that belong together; of a batch, by default the name of its file");
  sub->add_flag("--again", arguments->submission.again,
                "Asks anew, at the account's cost, what has this key and has failed, is lost or was closed");
  auto* max_age = sub->add_option("--max-age", arguments->max_age,
                                  "An equal result answers it, if it is this young: 24h");
  sub->add_flag("--recover", arguments->submission.recover,
                "It may have been sent before, as after a restore: the platform's log is searched first, and "
                "nothing is paid twice");
  sub->add_flag("--wait", arguments->wait, "Waits for the result, and prints it");
  auto* batch = sub->add_option(
      "--batch", arguments->batch,
      "A file with one JSON object per line: api, datasets, q; label, key, metadata, deadline, …");
  sub->add_option("--run", arguments->run, "A name: another run submits the same file again")->needs(batch);
  batch->excludes(max_age);
  for (const char* name : {"--api", "--datasets", "--q", "--parameters", "--metadata", "--label", "--key"})
    batch->excludes(sub->get_option(name));
}

} // namespace postbackd::ctl
