#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/server_state.hpp"

namespace postbackd::api
{

// A file of page/, which the build embeds.
struct PageFile {
  std::string_view name; // without a folder
  std::string_view bytes;
};
const std::vector<PageFile>& page_files();

// The page (docs/page.md): it speaks the public API, so it has no rights of its own, and is served to
// anybody.
//   GET /                        index.html
//   GET /page/{digest}/{name}    the other files; the digest is of all of them, so that each is kept for ever
class Page
{
public:
  Page();

  // Puts its endpoints into the settings, which it must outlive.
  void add_to(http::Settings& settings) const;

  // Returns whether the path is one of those that need no client.
  static bool serves(std::string_view path);

private:
  using Answer = boost::asio::awaitable<http::Response>;
  struct File {
    std::string name;
    std::string_view content_type; // a literal
    std::string bytes;
    std::string compressed; // with gzip
  };

  Answer show(http::Request request) const;
  Answer show_file(http::Request request) const;
  http::Response answer(const File& file, const http::RequestHead& head) const;
  const File* find(std::string_view name) const;

  std::string digest_;
  std::vector<File> files_;
};

} // namespace postbackd::api
