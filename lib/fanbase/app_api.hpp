#pragma once

#include "fanbase/access.hpp"
#include "http/server_state.hpp"

namespace postbackd::fanbase
{

// The app's users and events (Eventos APP).
class AppApi
{
public:
  struct Options {
    std::uint64_t most_bytes = 1 << 20; // of a request
    bool accept_unknown_documents = false;
    std::chrono::minutes event_zone{0}; // of an eventDate without one, ahead of UTC
  };
  // All references must outlive it.
  AppApi(const Access& access, store::FanbaseStore& store, const base::Clock& clock, Options options)
      : access_(access), store_(store), clock_(clock), options_(options)
  {
  }

  // Puts its endpoints into the settings; the API must outlive them.
  void add_to(http::Settings& settings);

private:
  boost::asio::awaitable<http::Response> register_user(http::Request request, std::string client);
  boost::asio::awaitable<http::Response> add_event(http::Request request, std::string client);

  const Access& access_;
  store::FanbaseStore& store_;
  const base::Clock& clock_;
  Options options_;
};

} // namespace postbackd::fanbase
