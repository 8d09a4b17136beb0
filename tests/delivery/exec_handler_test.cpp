// Commands that behave, misbehave, and do not end.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <thread>
#include <tuple>

#include "delivery/exec_handler.hpp"
#include "delivery/message_file.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace std::chrono_literals;
using delivery::Outcome;
using Kind = delivery::Outcome::Kind;

namespace
{

struct ExecFixture {
  TemporaryDirectory directory;

  delivery::HandlerOptions options(const std::string& script, std::chrono::milliseconds timeout = 20s) const
  {
    delivery::HandlerOptions options{.name = "crm", .kind = "exec", .timeout = timeout};
    options.settings["command"] = {"/bin/bash", "-c", script, "script", directory.path().string()};
    options.settings["kill_after"] = {"200ms"};
    return options;
  }

  std::filesystem::path messages() const { return directory / "message-"; }

  Outcome run(const std::string& script, std::chrono::milliseconds timeout = 20s,
              std::stop_token stop = {}) const
  {
    return delivery::make_exec_handler(options(script, timeout), messages())
        ->handle(result(), std::move(stop));
  }

  static delivery::Delivery result()
  {
    return {.event = "result",
            .id = "0123",
            .query_id = "q-1",
            .label = "cliente n\xC2\xBA 1\n",
            .key = "order-1",
            .metadata = R"({"order":1})",
            .api = "people",
            .datasets = "basic_data",
            .status = "ok",
            .receipt = 1234,
            .route = "/postback",
            .document = "{\"QueryId\":\"q-1\"}",
            .idempotency_key = "abc-1",
            .attempt = 3,
            .handler = "crm",
            .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            .tracestate = "a=1"};
  }

  std::string file(const std::string& name) const { return read_file(directory / name); }
  // Processes whose command line has this word.
  static std::string processes_with(const std::string& word) { return test::run({"pgrep", "-f", word}).out; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(exec_handler, ExecFixture)

BOOST_AUTO_TEST_CASE(the_document_is_on_stdin_and_the_metadata_in_the_environment)
{
  BOOST_TEST((run("cat > $1/document; env | sort > $1/environment").kind == Kind::done));
  BOOST_TEST(file("document") == "{\"QueryId\":\"q-1\"}");
  const std::string environment = file("environment");
  for (const char* line :
       {"POSTBACK_EVENT=result\n", "POSTBACK_QUERY_ID=q-1\n", "POSTBACK_LABEL=cliente n%C2%BA 1%0A\n",
        "POSTBACK_API=people\n", "POSTBACK_DATASETS=basic_data\n", "POSTBACK_STATUS=ok\n",
        "POSTBACK_RECEIPT=1234\n", "POSTBACK_ROUTE=/postback\n", "POSTBACK_IDEMPOTENCY_KEY=abc-1\n",
        "POSTBACK_ID=0123\n", "POSTBACK_KEY=order-1\n", "POSTBACK_METADATA={\"order\":1}\n",
        "POSTBACK_ATTEMPT=3\n", "POSTBACK_HANDLER=crm\n", "PATH="})
    BOOST_TEST(environment.find(line) != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(a_command_inherits_nothing_of_the_daemon)
{
  ::setenv("CREDENTIALS_DIRECTORY", "/secret", 1);
  ::setenv("NOTIFY_SOCKET", "/notify", 1);
  std::ofstream open(directory / "open");
  BOOST_TEST((run("env > $1/environment; ls -l /proc/self/fd > $1/descriptors").kind == Kind::done));
  ::unsetenv("CREDENTIALS_DIRECTORY");
  ::unsetenv("NOTIFY_SOCKET");
  BOOST_TEST(file("environment").find("CREDENTIALS_DIRECTORY") == std::string::npos);
  BOOST_TEST(file("environment").find("NOTIFY_SOCKET") == std::string::npos);
  BOOST_TEST(file("descriptors").find("socket:") == std::string::npos);
  BOOST_TEST(file("descriptors").find("/open") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(exit_codes_and_signals_have_their_outcomes)
{
  const std::tuple<const char*, Kind, const char*> table[] = {
      {"exit 0", Kind::done, ""},
      {"exit 75", Kind::retry, "exit code 75"},
      {"exit 65", Kind::dead, "exit code 65"},
      {"exit 1", Kind::retry, "exit code 1"},
      {"exit 127", Kind::retry, "exit code 127"},
      {"echo 'touch: /srv/x: Read-only file system' >&2; exit 1", Kind::retry,
       "exit code 1 (perhaps the sandbox of the unit: docs/deploy.md has the line that opens it): touch: "
       "/srv/x: Read-only file system\n"},
      {"kill -SEGV $$", Kind::retry, "ended by signal 11"},
      {"echo why >&2; exit 3", Kind::retry, "exit code 3: why\n"},
      {"exec < /dev/null; exit 0", Kind::done, ""},
  };
  for (const auto& [script, kind, detail] : table) {
    const Outcome outcome = run(script);
    BOOST_TEST((outcome.kind == kind), script);
    BOOST_TEST(outcome.detail() == detail, script);
  }
}

BOOST_AUTO_TEST_CASE(a_gigabyte_of_output_harms_nobody_and_the_end_of_stderr_is_kept)
{
  const Outcome outcome = run(
      "head -c 1000000000 /dev/zero; head -c 20000000 /dev/zero | tr '\\0' x >&2; echo the end >&2; exit 1");
  BOOST_TEST(outcome.detail().size() <= (4u << 10) + 100);
  BOOST_TEST(outcome.detail().ends_with("x"
                                        "the end\n"));
}

BOOST_AUTO_TEST_CASE(at_its_timeout_it_gets_sigterm_and_later_sigkill)
{
  Outcome outcome = run("sleep 100 & trap 'echo terminated >&2; exit 0' TERM; wait", 200ms);
  BOOST_TEST((outcome.kind == Kind::retry));
  BOOST_TEST(
      outcome.detail().starts_with("timed out: terminated\n")); // bash may get it twice: itself and its group
  const auto start = std::chrono::steady_clock::now();
  outcome = run("trap '' TERM; while :; do sleep 1; done", 200ms);
  BOOST_TEST(outcome.detail() == "timed out");
  BOOST_TEST((std::chrono::steady_clock::now() - start < 10s));
}

BOOST_AUTO_TEST_CASE(processes_that_it_has_started_end_with_it)
{
  const std::string word = "handler-child-" + directory.path().filename().string();
  // In its group, in a session of its own, and orphaned on purpose.
  const std::string start = "exec -a " + word + " sleep 300";
  BOOST_TEST((run("(" + start + ") & setsid bash -c '" + start + "' & (setsid bash -c '" + start +
                  "' &); sleep 0.3; exit 0")
                  .kind == Kind::done));
  BOOST_TEST(eventually([&] { return processes_with(word).empty(); }));
  BOOST_TEST((run("for i in $(seq 100); do (setsid bash -c '" + start + "' &) ; done; sleep 100", 1s).kind ==
              Kind::retry));
  BOOST_TEST(eventually([&] { return processes_with(word).empty(); }));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_it)
{
  std::stop_source stop;
  std::thread stopper([&] {
    eventually([&] { return std::filesystem::exists(directory / "runs"); });
    stop.request_stop();
  });
  const Outcome outcome = run("touch $1/runs; sleep 100", 60s, stop.get_token());
  stopper.join();
  BOOST_TEST((outcome.kind == Kind::retry));
  BOOST_TEST(outcome.detail() == "stopped with the daemon");
}

BOOST_AUTO_TEST_CASE(a_command_that_cannot_run_is_refused_at_start_and_retried_later)
{
  delivery::HandlerOptions options = this->options("");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{}, {"cat"}, {"/no/such"}, {"/etc/passwd"}}) {
    options.settings["command"] = command;
    BOOST_CHECK_THROW(delivery::make_exec_handler(options, messages()), base::Failure);
  }
  const std::filesystem::path program = directory / "program";
  std::filesystem::copy("/bin/true", program);
  options.settings["command"] = {program.string()};
  const auto handler = delivery::make_exec_handler(options, messages());
  BOOST_TEST((handler->handle(result(), {}).kind == Kind::done));
  std::filesystem::remove(program);
  const Outcome outcome = handler->handle(result(), {});
  BOOST_TEST((outcome.kind == Kind::retry));
  BOOST_TEST(outcome.detail().find("cannot run") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_line_for_the_requester_is_taken_from_its_file_and_from_nothing_else)
{
  const std::pair<const char*, const char*> table[] = {
      {"echo 'assento ocupado' >$POSTBACK_MESSAGE_FILE; echo more >>$POSTBACK_MESSAGE_FILE",
       "assento ocupado"},
      {"true", ""},
      {"rm $POSTBACK_MESSAGE_FILE", ""},
      {"rm $POSTBACK_MESSAGE_FILE; mkfifo $POSTBACK_MESSAGE_FILE", ""}, // reading it would wait for ever
      {"ln -sf /etc/hostname $POSTBACK_MESSAGE_FILE", ""},
  };
  for (const auto& [script, expected] : table)
    BOOST_TEST(run(script).message == expected, script);
}

BOOST_AUTO_TEST_CASE(a_message_has_its_end_also_after_a_crash)
{
  const auto count = [this] {
    std::filesystem::directory_iterator files(directory.path());
    return std::count_if(begin(files), end(files), [](const auto& file) {
      return file.path().filename().string().starts_with("message-");
    });
  };
  BOOST_TEST(run("ls $1/message-* >$POSTBACK_MESSAGE_FILE").message.starts_with(messages().string()));
  BOOST_TEST(count() == 0);
  std::ofstream(messages().string() + "abcdef") << "of somebody";
  const delivery::MessageFile in_use(messages());
  delivery::MessageFile::remove_left(messages());
  BOOST_TEST(count() == 1);
  BOOST_TEST(std::filesystem::exists(in_use.path()));
}

BOOST_AUTO_TEST_SUITE_END()
