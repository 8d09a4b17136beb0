#pragma once

#include "http/server_state.hpp"
#include "simulator/sender.hpp"

namespace postbackd::simulator
{

// Simulates the Data Platform's asynchronous API (docs/protocol.md, "Endpoints"): accepts queries, posts
// their results as the real platform does, and answers questions about them. Runs on the io_context's thread.
class PlatformSimulator
{
public:
  struct Options {
    std::string access_token;
    std::string token_id;
    Profile profile;
    Sender::Options sender;
  };

  // The referenced objects must outlive it.
  PlatformSimulator(boost::asio::io_context& io, base::Spool& spool, const base::Clock& clock,
                    Options options);

  // Adds its endpoints to the settings; the simulator must outlive them.
  void add_to(http::Settings& settings);
  // Stops it from beginning another post.
  void stop() { sender_.stop(); }

private:
  boost::asio::awaitable<http::Response> submit(http::Request request);
  boost::asio::awaitable<http::Response> metadata(http::Request request);
  boost::asio::awaitable<http::Response> statistics(http::Request request);
  boost::asio::awaitable<http::Response> log(http::Request request);
  boost::asio::awaitable<http::Response> record(http::Request request);

  // Returns an error acknowledgement with this code.
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
