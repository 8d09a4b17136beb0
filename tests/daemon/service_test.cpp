// The view of a service manager, played by the test: readiness, watchdog, reload, inherited sockets.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include "support/daemon.hpp"
#include "support/listening_socket.hpp"

using namespace postbackd::test;

namespace
{

// The socket that systemd reads notifications from.
class NotifySocket
{
public:
  NotifySocket() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = path();
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~NotifySocket() { ::close(socket_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  std::string path() const { return (directory_ / "notify").string(); }

  // Returns the next message, or nothing within the time.
  std::string next(std::chrono::milliseconds time = patience)
  {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(time.count())) <= 0) return {};
    char bytes[4096];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    return {bytes, static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }

  // Returns the first message that contains this part; skips the others.
  std::string await(const std::string& part)
  {
    std::string message = next();
    while (!message.empty() && message.find(part) == std::string::npos)
      message = next();
    return message;
  }

private:
  TemporaryDirectory directory_;
  int socket_;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Daemon::Options notifying(const NotifySocket& socket)
{
  Daemon::Options options;
  options.environment = {{"NOTIFY_SOCKET", socket.path()}};
  return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(service)

BOOST_AUTO_TEST_CASE(it_is_ready_when_the_store_is_open_and_the_port_listens)
{
  NotifySocket notify;
  Daemon daemon(notifying(notify));
  const std::string ready = notify.next();
  BOOST_TEST(has(ready, "READY=1"), ready);
  BOOST_TEST(has(ready, "STATUS=Receiving on 127.0.0.1:" + std::to_string(daemon.port())), ready);
  BOOST_TEST(daemon.post("{}").status == 200);
  BOOST_TEST(daemon.stop() == 0);
  BOOST_TEST(has(notify.next(), "STOPPING=1"));
}

BOOST_AUTO_TEST_CASE(a_daemon_that_cannot_start_is_never_ready)
{
  NotifySocket notify;
  Daemon::Options options = notifying(notify);
  options.more = "[[route]]\npath = \"/more\"\npostbacksecret = [\"file:/no/such/secret\"]\n";
  BOOST_CHECK_THROW(Daemon daemon(options), std::runtime_error);
  BOOST_TEST(notify.next(std::chrono::milliseconds(0)) == "");
}

BOOST_AUTO_TEST_CASE(the_watchdog_is_pinged_even_while_the_store_refuses)
{
  NotifySocket notify;
  Daemon::Options options = notifying(notify);
  options.environment["WATCHDOG_USEC"] = "200000";
  options.store = "busy_timeout = \"50ms\"\n";
  Daemon daemon(options);
  BOOST_TEST(has(notify.await("WATCHDOG=1"), "WATCHDOG=1"));
  Process other = daemon.hold();
  BOOST_TEST(eventually([&daemon] { return has(daemon.log(), "event=probe_failed"); }));
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(has(notify.await("WATCHDOG=1"), "WATCHDOG=1"));
}

BOOST_AUTO_TEST_CASE(a_hung_writer_stops_the_pings)
{
  NotifySocket notify;
  Daemon::Options options = notifying(notify);
  options.environment["WATCHDOG_USEC"] = "200000";
  options.store = "busy_timeout = \"1h\"\n"; // the writer waits for a lock that never comes
  Daemon daemon(options);
  BOOST_TEST(has(notify.await("WATCHDOG=1"), "WATCHDOG=1"));
  Process other = daemon.hold();
  while (!notify.next(std::chrono::milliseconds(1000)).empty()) {
  }
  BOOST_TEST(notify.next(std::chrono::milliseconds(1000)) == "");
  BOOST_TEST(daemon.is_running());
  other.send_signal(SIGKILL);
  BOOST_TEST(has(notify.await("WATCHDOG=1"), "WATCHDOG=1"));
}

BOOST_AUTO_TEST_CASE(a_reload_applies_new_routes_secrets_and_limits)
{
  NotifySocket notify;
  Daemon daemon(notifying(notify));
  notify.await("READY=1");
  daemon.directory().write("secret", "new-secret\n");
  daemon.directory().write("conf.d/more.toml",
                           "[limits]\nbody = \"10\"\n[[route]]\npath = \"/more\"\npostbacksecret = [\"file:" +
                               (daemon.directory() / "secret").string() + "\"]\n");
  const std::vector<std::string> fields{"Postbacksecret: new-secret"};
  BOOST_TEST(send(daemon.port(), {.path = "/more", .body = "{}", .fields = fields}).status == 404);
  RawConnection kept_alive(daemon.port());
  kept_alive.send(to_bytes({.body = "{}", .keep_alive = true}));
  BOOST_TEST(parse_answer(kept_alive.read_answer()).status == 200);
  daemon.hang_up();
  BOOST_TEST(has(notify.await("RELOADING=1"), "MONOTONIC_USEC="));
  BOOST_TEST(has(notify.await("READY=1"), "2 route(s)"));
  BOOST_TEST(send(daemon.port(), {.path = "/more", .body = "{}", .fields = fields}).status == 200);
  BOOST_TEST(send(daemon.port(), {.path = "/more", .body = "{           }", .fields = fields}).status == 413);
  BOOST_TEST(daemon.post("{}").status == 401); // the old secret
  // A connection from before the reload stays open, with the new settings.
  kept_alive.send(to_bytes({.path = "/more", .body = "{}", .fields = fields}));
  BOOST_TEST(parse_answer(kept_alive.read_answer()).status == 200);
}

BOOST_AUTO_TEST_CASE(a_reload_reports_the_tables_that_need_a_restart)
{
  Daemon daemon;
  daemon.directory().write("conf.d/more.toml",
                           "[[handler]]\nname = \"crm\"\nkind = \"exec\"\ncommand = [\"/bin/true\"]\n");
  daemon.hang_up();
  BOOST_TEST(eventually([&] { return has(daemon.log(), "event=reloaded"); }));
  BOOST_TEST(has(daemon.log(), "these tables changed and need a restart: [[handler]]"));
}

BOOST_AUTO_TEST_CASE(a_signal_right_after_the_start_is_heard)
{
  for (int i = 0; i < 10; ++i) {
    Daemon daemon;
    daemon.hang_up();
    BOOST_TEST(eventually([&] { return has(daemon.log(), "event=reloaded"); }), daemon.log());
  }
}

BOOST_AUTO_TEST_CASE(a_bad_reload_changes_nothing_and_reports_why)
{
  NotifySocket notify;
  Daemon daemon(notifying(notify));
  notify.await("READY=1");
  daemon.directory().write("conf.d/bad.toml", "[limits]\nbody = 1\n");
  daemon.hang_up();
  const std::string ready = notify.await("READY=1");
  BOOST_TEST(has(ready, "NOT reloaded"), ready);
  BOOST_TEST(has(ready, "bad.toml:2: [limits] body"), ready);
  BOOST_TEST(has(daemon.log(), "event=not_reloaded"));
  BOOST_TEST(daemon.post("{}").status == 200);
  std::filesystem::remove(daemon.directory() / "conf.d/bad.toml");
  daemon.hang_up();
  BOOST_TEST(!has(notify.await("READY=1"), "NOT"));
}

BOOST_AUTO_TEST_CASE(an_inherited_socket_replaces_the_configured_address)
{
  ListeningSocket socket;
  Daemon::Options options;
  options.inherited_socket = socket.descriptor();
  Daemon daemon(options);
  BOOST_TEST(daemon.port() == socket.port());
  BOOST_TEST(daemon.post("{}").status == 200);
}

BOOST_AUTO_TEST_CASE(restarts_under_load_refuse_nobody)
{
  ListeningSocket socket;
  Daemon::Options options;
  options.inherited_socket = socket.descriptor();
  Daemon daemon(options);
  std::atomic<bool> done = false;
  std::atomic<int> good = 0;
  std::atomic<int> bad = 0;
  std::vector<std::jthread> clients;
  for (int client = 0; client < 4; ++client)
    clients.emplace_back([&, client] {
      for (int i = 0; !done; ++i) {
        const std::string body =
            R"({"QueryId":"r-)" + std::to_string(client) + "-" + std::to_string(i) + R"("})";
        const Answer answer = send(socket.port(), {.body = body});
        ++(answer.status == 200 ? good : bad);
      }
    });
  for (int restart = 0; restart < 5; ++restart) {
    const int before = good;
    BOOST_TEST(eventually([&] { return good > before + 50; }));
    BOOST_TEST(daemon.stop() == 0);
    daemon.start();
  }
  done = true;
  clients.clear();
  BOOST_TEST(bad == 0);
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks") == std::to_string(good));
}

BOOST_AUTO_TEST_SUITE_END()
