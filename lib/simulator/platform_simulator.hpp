#pragma once

#include "http/server_state.hpp"
#include "simulator/sender.hpp"

namespace postbackd::simulator
{

// The Data Platform's asynchronous API in miniature (protocol, 1): takes queries, posts their results as the
// real sender does, and answers submissions about them. On the thread that runs the io_context.
class PlatformSimulator
{
public:
  struct Options {
    std::string access_token;
    std::string token_id;
    Profile profile;
    Sender::Options sender;
  };

  // What it refers to must outlive it.
  PlatformSimulator(boost::asio::io_context& io, base::Spool& spool, const base::Clock& clock,
                    Options options);

  // Puts its endpoints into the settings; the simulator must outlive them.
  void add_to(http::Settings& settings);
  // No post is begun any more.
  void stop() { sender_.stop(); }

private:
  boost::asio::awaitable<http::Response> submit(http::Request request);
  boost::asio::awaitable<http::Response> metadata(http::Request request);
  boost::asio::awaitable<http::Response> statistics(http::Request request);
  boost::asio::awaitable<http::Response> log(http::Request request);
  boost::asio::awaitable<http::Response> record(http::Request request);

  // An error acknowledgement, with its code.
  http::Response refuse(int code, const char* message);
  bool has_token(const http::RequestHead& head) const;

  boost::asio::io_context& io_;
  base::Spool& spool_;
  const base::Clock& clock_;
  Options options_;
  std::mt19937 random_;
  Ledger ledger_;
  std::size_t refused_ = 0;
  Sender sender_;
};

} // namespace postbackd::simulator
