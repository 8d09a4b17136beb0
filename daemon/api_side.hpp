#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>

#include <thread>

#include "api/delivery_api.hpp"
#include "api/event_api.hpp"
#include "api/group_api.hpp"
#include "api/page.hpp"
#include "api/query_api.hpp"
#include "api/query_view_api.hpp"
#include "api/result_api.hpp"
#include "api/session_api.hpp"
#include "api/watch_api.hpp"
#include "base/service.hpp"
#include "configuration/live_configuration.hpp"
#include "http/listener.hpp"
#include "store/store.hpp"

namespace postbackd
{

// The applications' API on its own thread, so that followers do not disturb receiving; configured by [api].
class ApiSide final : public base::Service
{
public:
  // All references must outlive it.
  struct Dependencies {
    store::Store& store;
    const base::Clock& clock;
    std::function<void()> on_queued; // a submission
    std::function<void()> on_served; // a submission, by an equal one
    // As WatchApi::Dependencies.
    std::function<std::string()> status;
    std::function<std::string(std::chrono::seconds)> history;
  };
  // With less free space, in bytes, nothing is registered here: the rest is for postbacks.
  static std::uint64_t floor_of(const Reloadable& live) { return 2 * live.free_space; }
  // Opens its socket and port. Throws base::Failure with a readable message.
  ApiSide(const Fixed& fixed, const LiveConfiguration& live, const Dependencies& dependencies);
  ~ApiSide() override;

  // Takes the clients, the limits and the certificate of a reload. Throws base::Failure; then nothing has
  // changed.
  void use(const Reloadable& live);
  // This has been committed. Any thread.
  void note(const store::CommitGroup& group) { feed_.note(group); }

  std::string_view name() const override { return "api"; }
  void start() override;
  void begin_stop() override;
  bool stop(base::Deadline deadline) override;

private:
  std::optional<http::Acceptor> open_port(const Reloadable& live);
  std::shared_ptr<api::Access> token_access(const Reloadable& live) const;
  std::shared_ptr<const http::Settings>
  make_settings(const Reloadable& live, std::shared_ptr<const api::Access> access, bool is_port);
  std::string hooks_of(const std::optional<std::string>& route, const std::string& correlation) const;

  const Fixed& fixed_;
  const LiveConfiguration& live_;
  // What the API keeps, and copies for its answers, leaves a part of the disk for receiving alone.
  base::FreeSpace space_;
  base::Spool spool_;
  boost::asio::thread_pool background_{2}; // of its own: lists shall not keep large postbacks waiting
  boost::asio::thread_pool lookups_{1};    // and nothing of another client keeps a single query waiting
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  http::ServerState port_server_; // apart, so that clients of the port do not take the places of the socket
  http::ServerState local_server_;
  api::Feed feed_;
  api::Turns turns_;
  api::ClientQueries queries_;
  api::QueryApi query_api_;
  api::QueryViewApi query_view_api_;
  api::GroupApi group_api_;
  api::ResultApi result_api_;
  api::EventApi event_api_;
  api::DeliveryApi delivery_api_;
  api::WatchApi watch_api_;
  std::shared_ptr<api::Client> local_client_; // whoever may open the socket
  std::shared_ptr<api::Sessions> sessions_;   // this and the next: the page's
  std::unique_ptr<api::Page> page_;           // if [api] page is set
  std::unique_ptr<api::SessionApi> session_api_;
  std::unique_ptr<http::Listener> local_; // the socket
  std::unique_ptr<http::Listener> port_;
  std::shared_ptr<api::Access> access_; // who may use the port; the API thread's once it runs
  std::thread thread_;
};

} // namespace postbackd
