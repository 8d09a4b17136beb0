// The yardstick of bench/run: reads each request with Beast and answers 200.
//   bare_beast_server [--close] [--sync FILE]
// --close ends each connection after its answer; --sync appends each body to FILE and syncs it before the
// answer. Prints its port; ends on SIGTERM.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <string_view>
#include <unistd.h>

#include "base/spawn.hpp"

namespace
{

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

bool closes = false;
int file = -1;

void keep(const std::string& body)
{
  if (::write(file, body.data(), body.size()) < 0 || ::fdatasync(file) != 0) std::abort();
}

asio::awaitable<void> serve(tcp::socket socket)
{
  boost::beast::flat_buffer buffer;
  boost::system::error_code error;
  do {
    http::request<http::string_body> request;
    co_await http::async_read(socket, buffer, request, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    if (file >= 0) keep(request.body());
    http::response<http::string_body> response(http::status::ok, 11);
    response.set(http::field::content_type, "application/json");
    response.keep_alive(!closes);
    response.body() = R"({"receipt":"1882530519555506176"})";
    response.prepare_payload();
    co_await http::async_write(socket, response, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
  } while (!closes);
}

asio::awaitable<void> accept(tcp::acceptor& acceptor)
{
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    postbackd::base::spawn(acceptor.get_executor(), "session", serve(std::move(socket)));
  }
}

} // namespace

int main(int argc, char** argv)
{
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--close") closes = true;
    if (option == "--sync" && i + 1 < argc) file = ::open(argv[++i], O_WRONLY | O_CREAT | O_APPEND, 0600);
  }
  asio::io_context io(1);
  tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  std::cout << acceptor.local_endpoint().port() << std::endl;
  postbackd::base::spawn(io.get_executor(), "accept", accept(acceptor));
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](auto, int) { io.stop(); });
  io.run();
}
