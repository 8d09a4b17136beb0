#include "api/page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/problem.hpp"
#include "base/digest.hpp"
#include "http/conditions.hpp"
#include "http/open_endpoint.hpp"
#include "text/content_coding.hpp"

namespace postbackd::api
{
namespace
{

constexpr std::string_view index = "index.html";
constexpr std::string_view folder = "/page/";
constexpr std::string_view place = "{{page}}"; // in index.html: where the other files are

// Scripts, styles and calls of our own alone; nothing inline, no string becomes a script, no frame has it.
constexpr const char* protection[] = {
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "Referrer-Policy: no-referrer",
    "Cross-Origin-Opener-Policy: same-origin",
    "Cross-Origin-Resource-Policy: same-origin",
    "Permissions-Policy: camera=(), geolocation=(), microphone=()",
};

std::string_view content_type_of(std::string_view name)
{
  return name.ends_with(".js")    ? "text/javascript; charset=utf-8"
         : name.ends_with(".css") ? "text/css; charset=utf-8"
         : name.ends_with(".svg") ? "image/svg+xml"
                                  : "text/html; charset=utf-8";
}

std::string digest_of(const std::vector<PageFile>& files)
{
  base::Sha256Stream stream;
  stream.begin();
  for (const PageFile& file : files) {
    stream.feed(file.name);
    stream.feed(file.bytes);
  }
  return base::to_hex(stream.finish()).substr(0, 16);
}

} // namespace

Page::Page() : digest_(digest_of(page_files()))
{
  for (const PageFile& embedded : page_files()) {
    File file{std::string(embedded.name), content_type_of(embedded.name), std::string(embedded.bytes), {}};
    if (file.name == index)
      for (std::size_t at; (at = file.bytes.find(place)) != std::string::npos;)
        file.bytes.replace(at, place.size(), std::string(folder) + digest_);
    file.compressed = text::gzip(base::Blob(std::string(file.bytes))).bytes();
    files_.push_back(std::move(file));
  }
}

bool Page::serves(std::string_view path) { return path == "/" || path.starts_with(folder); }

const Page::File* Page::find(std::string_view name) const
{
  const auto found =
      std::find_if(files_.begin(), files_.end(), [&](const File& file) { return file.name == name; });
  return found == files_.end() ? nullptr : &*found;
}

http::Response Page::answer(const File& file, const http::RequestHead& head) const
{
  http::Response response;
  response.content_type = file.content_type;
  response.fields.assign(std::begin(protection), std::end(protection));
  response.fields.emplace_back("Vary: Accept-Encoding");
  response.fields.emplace_back(file.name == index ? "Cache-Control: no-cache"
                                                  : "Cache-Control: public, max-age=31536000, immutable");
  if (http::accepts_gzip(head)) {
    response.fields.emplace_back("Content-Encoding: gzip");
    response.body = file.compressed;
  } else {
    response.body = file.bytes;
  }
  return response;
}

void Page::add_to(http::Settings& settings) const
{
  settings.add("GET", "/", std::make_unique<http::OpenEndpoint>(std::bind_front(&Page::show, this)));
  settings.add("GET", "/page/{digest}/{name}",
               std::make_unique<http::OpenEndpoint>(std::bind_front(&Page::show_file, this)));
}

Page::Answer Page::show(http::Request request) const
{
  const File* file = find(index);
  co_return file ? answer(*file, request.head) : problem(404, "the build has no page");
}

Page::Answer Page::show_file(http::Request request) const
{
  const File* file = request.head.parameters[0] == digest_ ? find(request.head.parameters[1]) : nullptr;
  co_return file ? answer(*file, request.head)
                 : problem(404, "there is no such file of the page: load it again");
}

} // namespace postbackd::api
