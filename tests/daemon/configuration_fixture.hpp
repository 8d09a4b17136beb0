#pragma once

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include "support/daemon.hpp"
#include "support/machine.hpp"

namespace postbackd::test
{

// Configurations, right and wrong, for --check-config and for a start.
struct ConfigurationFixture {
  ConfigurationFixture() { directory.write("secret", "a-secret-of-24-characters\n"); }

  std::string good() const
  {
    return "[store]\npath = \"" + (directory / "store.sqlite3").string() +
           "\"\n[listen]\naddress = \"127.0.0.1\"\nport = 0\n[[route]]\npath = \"/postback\"\npostbacksecret "
           "= \"file:" +
           (directory / "secret").string() + "\"\n";
  }

  Output check(const std::string& text, const Process::Options& options = {})
  {
    const auto file = directory.write("c.toml", text);
    return run({program("postbackd"), "--config", file.string(), "--check-config"}, options);
  }
  // Starts the daemon, which must fail.
  Output start(const std::string& text, const Process::Options& options = {})
  {
    const auto file = directory.write("c.toml", text);
    std::filesystem::permissions(file, std::filesystem::perms(0644));
    // A copy: the user nobody may have no access to the build.
    const auto copy = directory / "postbackd";
    std::filesystem::copy_file(program("postbackd"), copy, std::filesystem::copy_options::overwrite_existing);
    return run({"timeout", "30", copy.string(), "--config", file.string()}, options);
  }

  TemporaryDirectory directory;
};

inline bool has(const Output& output, const std::string& part)
{
  return output.out.find(part) != std::string::npos;
}

} // namespace postbackd::test
