#include "submit_command.hpp"

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <thread>

#include "base/clock.hpp"
#include "base/file_lock.hpp"
#include "batch.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/question_queue.hpp"
#include "text/time.hpp"

namespace postbackd
{
namespace
{

using store::QueryState;
using store::sqlite::Connection;

constexpr int exit_not_yet = 75; // EX_TEMPFAIL
constexpr std::chrono::milliseconds look_period{50};
constexpr int looks_of_a_second = 20;

struct Arguments {
  model::Question question;
  std::optional<std::string> deadline;
  std::string batch;
  std::string run;
  bool wait = false;
};

// The daemon holds this lock while it asks.
bool is_daemon_running(const Configuration& configuration)
{
  const std::filesystem::path lock = configuration.store.path.string() + "-dispatcher";
  return std::filesystem::exists(lock) && !base::FileLock(lock).try_take();
}

bool is_answered(const QueryState& state) { return state.receipt.has_value(); }
bool is_given_up(const QueryState& state) { return state.state == "failed" || state.state == "lost"; }
// Whether the platform has said something to it, or what may have been accepted has got no word.
bool has_word(const QueryState& state)
{
  return !state.query_id.empty() || (state.state != "queued" && !state.message.empty());
}

void print_result(Connection& connection, const std::string& correlation)
{
  SQLite::Statement find(
      connection.database(),
      "SELECT json FROM v_results WHERE receipt = (SELECT receipt FROM queries WHERE correlation = ?1)");
  find.bind(1, correlation);
  if (find.executeStep()) std::cout << find.getColumn(0).getString() << '\n';
}

QueryState await(const Configuration& configuration, Connection& connection, const std::string& correlation,
                 bool wait)
{
  std::string said;
  for (int looks = 1;; ++looks, std::this_thread::sleep_for(look_period)) {
    if (looks % looks_of_a_second == 0 && !is_daemon_running(configuration))
      throw base::Failure(base::Errc::unavailable,
                          "postbackd has ended: the question is on disk, with the correlation " +
                              correlation);
    const auto state = store::sqlite::find_query_state(connection.database(), correlation);
    if (!state) throw base::Failure(base::Errc::not_found, "the question is not in the store any more");
    if (is_answered(*state) || is_given_up(*state) || (!wait && has_word(*state))) return *state;
    if (state->message.empty() || state->message == said || !state->query_id.empty()) continue;
    said = state->message;
    std::cerr << "postbackctl: " << (state->state == "queued" ? "not taken yet: " : "no acknowledgement: ")
              << said << '\n';
  }
}

int report(Connection& connection, const QueryState& state, bool wait)
{
  if (is_given_up(state)) {
    std::cerr << fmt::format("postbackctl: {}: {}\n", state.state, state.message);
    return 1;
  }
  if (wait) {
    print_result(connection, state.correlation);
    return 0;
  }
  if (state.query_id.empty()) {
    std::cerr << fmt::format("postbackctl: no acknowledgement: {}\nIts result will be matched all the same: "
                             "postbackctl list, or the query with the correlation {}\n",
                             state.message, state.correlation);
    return exit_not_yet;
  }
  std::cout << state.query_id << '\n';
  return 0;
}

int submit_one(const Configuration& configuration, const Arguments& arguments)
{
  if (const std::string problem = model::problem_of(arguments.question); !problem.empty())
    throw base::Failure(base::Errc::invalid, "--" + problem);
  Connection connection({configuration.store.path, configuration.store.busy_timeout},
                        Connection::Mode::existing);
  SQLite::Transaction transaction(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
  const auto queued = store::sqlite::enqueue(connection.database(), {arguments.question},
                                             configuration.platform->route, base::SystemClock().now());
  transaction.commit();
  if (queued.front().is_another)
    throw base::Failure(base::Errc::invalid, "--key: it belongs to another question");
  const std::string& correlation = queued.front().correlation;
  if (!is_daemon_running(configuration)) {
    std::cerr
        << "postbackctl: postbackd is not running: the question is on disk, and is asked when it runs; its "
           "correlation is "
        << correlation << '\n';
    return exit_not_yet;
  }
  return report(connection, await(configuration, connection, correlation, arguments.wait), arguments.wait);
}

std::chrono::seconds deadline_of(const Configuration& configuration, const Arguments& arguments)
{
  if (!arguments.deadline) return configuration.deadline;
  const auto duration = text::parse_duration(*arguments.deadline);
  if (!duration)
    throw base::Failure(base::Errc::invalid, "--deadline wants a duration such as 30s, 10m, 2h or 5d");
  return std::chrono::duration_cast<std::chrono::seconds>(*duration);
}

int submit(const Configuration& configuration, Arguments arguments)
{
  if (!configuration.platform)
    throw base::Failure(base::Errc::invalid, "the configuration has no [platform]: nobody could be asked");
  arguments.question.deadline = deadline_of(configuration, arguments);
  if (arguments.batch.empty()) return submit_one(configuration, arguments);
  return submit_batch(configuration, {arguments.batch, arguments.run, arguments.question.deadline,
                                      arguments.wait, is_daemon_running(configuration)});
}

} // namespace

void add_submit_command(CLI::App& app, std::function<int(const Configuration&)>& command)
{
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand("submit", "Asks the platform, and prints the QueryId");
  sub->add_option("--api", arguments->question.api, "people, companies, lawsuits, …");
  sub->add_option("--datasets", arguments->question.datasets, "With commas between them: basic_data,phones");
  sub->add_option("--q", arguments->question.q, "What is asked: doc{12345678900}");
  sub->add_option("--label", arguments->question.label, "Your own words for the query");
  sub->add_option("--key", arguments->question.key, "With the same key it is the same question: asked once");
  sub->add_option("--deadline", arguments->deadline,
                  "When it is overdue, from its submission: 30s, 10m, 2h, 5d");
  sub->add_flag("--wait", arguments->wait, "Waits for the result, and prints it");
  auto* batch = sub->add_option("--batch", arguments->batch,
                                "A file with a JSON object a line: api, datasets, q; label, key, deadline");
  sub->add_option("--run", arguments->run, "A name: another run of the same file asks anew")->needs(batch);
  for (const char* name : {"--api", "--datasets", "--q", "--label", "--key"})
    batch->excludes(sub->get_option(name));
  sub->callback([&command, arguments] {
    command = [arguments](const Configuration& configuration) { return submit(configuration, *arguments); };
  });
}

} // namespace postbackd
