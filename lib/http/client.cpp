#include "http/client.hpp"

#include <algorithm>
#include <cstring>
#include <curl/curl.h>
#include <memory>
#include <stdexcept>

#include "base/ascii.hpp"
#include "base/version.hpp"

namespace postbackd::http
{
namespace
{

struct Transfer {
  const ClientRequest& request;
  std::stop_token stop;
  ClientAnswer answer;
  std::uint64_t sent = 0;
  bool too_large = false;
};

std::size_t receive(char* bytes, std::size_t, std::size_t count, void* user)
{
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t room = transfer.request.most_received - transfer.answer.body.size();
  transfer.too_large = count > room && !transfer.request.drops_rest;
  if (transfer.too_large) return 0;
  transfer.answer.body.append(bytes, std::min(count, room));
  return count;
}

std::size_t receive_field(char* bytes, std::size_t, std::size_t count, void* user)
{
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(bytes, count);
  if (line.starts_with("HTTP/")) transfer.answer.fields.clear(); // those of a 100 Continue
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
  const std::size_t end = line.find_last_not_of(" \t\r\n");
  const std::string_view value = begin > end ? std::string_view() : line.substr(begin, end - begin + 1);
  transfer.answer.fields[base::lower(line.substr(0, colon))] = value;
  return count;
}

std::size_t give(char* to, std::size_t, std::size_t room, void* user)
{
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    const std::size_t count = transfer.request.body.read(transfer.sent, to, room);
    transfer.sent += count;
    return count;
  } catch (const base::Failure&) { // libcurl is C: no exception may pass through it
    return CURL_READFUNC_ABORT;
  }
}

int rewind(void* user, curl_off_t offset, int)
{
  static_cast<Transfer*>(user)->sent = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int watch(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
  return static_cast<Transfer*>(user)->stop.stop_requested() ? 1 : 0;
}

class Handle
{
public:
  Handle()
  {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    handle_.reset(curl_easy_init());
    if (initialised != CURLE_OK || !handle_) throw std::runtime_error("cannot initialise libcurl");
  }

  template<class Value>
  void set(CURLoption option, Value value)
  {
    if (const CURLcode code = curl_easy_setopt(handle_.get(), option, value); code != CURLE_OK)
      throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(code));
  }

  void add_field(const std::string& field)
  {
    curl_slist* longer = curl_slist_append(fields_.get(), field.c_str());
    if (!longer) throw std::bad_alloc();
    static_cast<void>(fields_.release());
    fields_.reset(longer);
  }

  CURLcode perform()
  {
    set(CURLOPT_HTTPHEADER, fields_.get());
    return curl_easy_perform(handle_.get());
  }

  long number(CURLINFO info) const
  {
    long value = 0;
    curl_easy_getinfo(handle_.get(), info, &value);
    return value;
  }

  bool has_shaken_hands() const
  {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_APPCONNECT_TIME_T, &microseconds);
    return microseconds > 0;
  }

  std::optional<std::chrono::seconds> retry_after() const
  {
    curl_off_t seconds = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &seconds);
    return seconds > 0 ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
  }

private:
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_{nullptr, &curl_easy_cleanup};
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> fields_{nullptr, &curl_slist_free_all};
};

void describe(Handle& handle, Transfer& transfer)
{
  const ClientRequest& request = transfer.request;
  handle.set(CURLOPT_URL, request.url.c_str());
  handle.set(CURLOPT_PROTOCOLS_STR, "http,https");
  handle.set(CURLOPT_FOLLOWLOCATION, 0L);
  handle.set(CURLOPT_NOSIGNAL, 1L); // we have threads
  handle.set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  handle.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.timeout.count()));
  static const std::string agent = std::string("postbackd/") + base::version;
  handle.set(CURLOPT_USERAGENT, agent.c_str());
  if (!request.ca_file.empty()) handle.set(CURLOPT_CAINFO, request.ca_file.c_str());
  if (!request.unix_socket.empty()) handle.set(CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  if (request.fresh_connection) {
    handle.set(CURLOPT_FRESH_CONNECT, 1L);
    handle.set(CURLOPT_FORBID_REUSE, 1L);
  }
  handle.set(CURLOPT_WRITEFUNCTION, &receive);
  handle.set(CURLOPT_WRITEDATA, &transfer);
  handle.set(CURLOPT_HEADERFUNCTION, &receive_field);
  handle.set(CURLOPT_HEADERDATA, &transfer);
  handle.set(CURLOPT_NOPROGRESS, 0L);
  handle.set(CURLOPT_XFERINFOFUNCTION, &watch);
  handle.set(CURLOPT_XFERINFODATA, &transfer);
  for (const std::string& field : request.fields)
    handle.add_field(field);
  if (request.method != "POST" && request.body.size() == 0) {
    handle.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    return;
  }
  handle.set(CURLOPT_POST, 1L);
  handle.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  handle.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  handle.set(CURLOPT_READFUNCTION, &give);
  handle.set(CURLOPT_READDATA, &transfer);
  handle.set(CURLOPT_SEEKFUNCTION, &rewind);
  handle.set(CURLOPT_SEEKDATA, &transfer);
  // By default libcurl would wait a second for a 100 Continue.
  handle.add_field(request.expects_continue ? "Expect: 100-continue" : "Expect:");
}

} // namespace

ClientOutcome perform(const ClientRequest& request, std::stop_token stop)
{
  Transfer transfer{request, std::move(stop), {}};
  ClientOutcome outcome;
  Handle handle;
  describe(handle, transfer);
  const CURLcode code = handle.perform();
  // libcurl also counts the CONNECT to a proxy; with https, no request leaves before the handshake is done.
  const bool is_https = request.url.starts_with("https:");
  outcome.sent = handle.number(CURLINFO_REQUEST_SIZE) > 0 && (!is_https || handle.has_shaken_hands());
  if (code == CURLE_OK) {
    transfer.answer.status = static_cast<int>(handle.number(CURLINFO_RESPONSE_CODE));
    transfer.answer.retry_after = handle.retry_after();
    outcome.answer = std::move(transfer.answer);
  } else {
    outcome.error = transfer.too_large ? "the answer is too large" : curl_easy_strerror(code);
  }
  return outcome;
}

} // namespace postbackd::http
