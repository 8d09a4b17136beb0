// The Data Platform's asynchronous API in miniature, on loopback: to try things out, and for tests.
#include "simulator/platform_simulator.hpp"

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <signal.h>

#include "base/command_line.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "http/listener.hpp"
#include "text/time.hpp"

namespace
{

using namespace postbackd;

constexpr int exit_usage = 64;

struct Arguments {
  unsigned short port = 8181;
  std::string profile;
  std::vector<std::string> retries{"1s", "5s", "30s"};
  simulator::PlatformSimulator::Options options{"simulated-access-token", "simulated-token-id", {}, {}};
  bool quiet = false;
};

void describe(base::CommandLine& app, Arguments& arguments)
{
  app.set_version_flag("--version", std::string("platform-simulator ") + base::version);
  app.add_option("--port", arguments.port, "The port on 127.0.0.1; 0: any free port")->capture_default_str();
  app.add_option("--access-token", arguments.options.access_token, "The accepted AccessToken")
      ->capture_default_str();
  app.add_option("--token-id", arguments.options.token_id, "The accepted TokenId")->capture_default_str();
  app.add_option("--profile", arguments.profile, simulator::behaviours_help);
  app.add_option("--retries", arguments.retries, "When to try a post again that got no 200")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--posts", arguments.options.sender.posts, "Concurrent posts")
      ->between(1, 256)
      ->capture_default_str();
  app.add_option("--seed", arguments.options.sender.seed, "The seed of random choices")
      ->capture_default_str();
  app.add_flag("--quiet", arguments.quiet, "Does not log each post");
  app.footer("GET /record returns what was accepted, and each reply to a post.");
}

// Throws base::Failure with a readable message.
void read(Arguments& arguments)
{
  auto profile = simulator::Profile::parse(arguments.profile);
  if (!profile) throw base::Failure(profile.error());
  arguments.options.profile = std::move(*profile);
  for (const std::string& text : arguments.retries) {
    const auto time = text::parse_duration(text);
    if (!time)
      throw base::Failure(base::Errc::invalid,
                          fmt::format("--retries: '{}' is not a duration (e.g. 5s)", text));
    arguments.options.sender.retries.push_back(*time);
  }
}

int run(Arguments& arguments)
{
  read(arguments);
  base::log::configure(arguments.quiet ? base::log::Level::warning : base::log::Level::info);
  ::signal(SIGPIPE, SIG_IGN);
  const std::filesystem::path directory = std::filesystem::temp_directory_path();
  const base::SystemClock clock;
  const base::FreeSpace free_space(directory, 0);
  base::Spool spool(directory, {}, free_space);
  boost::asio::io_context io(1);
  simulator::PlatformSimulator platform(io, spool, clock, arguments.options);
  auto settings = std::make_shared<http::Settings>();
  platform.add_to(*settings);
  http::ServerState server{clock, spool, io.get_executor()};
  http::Acceptor acceptor = http::listen(io, "127.0.0.1", arguments.port);
  std::cout << fmt::format("listening on http://127.0.0.1:{}\n",
                           http::address_of(acceptor.local_endpoint()).port)
            << std::flush;
  http::Listener listener(io, std::move(acceptor), server, settings);
  listener.start();
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code&, int) {
    platform.stop();
    io.stop(); // cancels posts in flight
  });
  io.run();
  return 0;
}

} // namespace

int main(int argc, char** argv)
{
  base::CommandLine app("The Data Platform's asynchronous API in miniature.", "platform-simulator");
  Arguments arguments;
  describe(app, arguments);
  if (const auto code = app.parse(argc, argv, exit_usage)) return *code;
  try {
    return run(arguments);
  } catch (const std::exception& e) {
    std::cerr << "platform-simulator: " << e.what() << '\n';
    return 1;
  }
}
