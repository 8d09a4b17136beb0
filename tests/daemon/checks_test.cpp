// A check that says "good" means that it starts; and one that says what is wrong, that it does not, or not
// whole.
#include <csignal>
#include <random>

#include "daemon/configuration_fixture.hpp"

using namespace postbackd::test;

namespace
{

// Whether a daemon with this configuration starts, and what it says.
struct Started {
  bool runs = false;
  std::string log;
};

Started try_to_start(const std::filesystem::path& file, const std::filesystem::path& log)
{
  std::filesystem::remove(log);
  Process daemon({program("postbackd"), "--config", file.string()}, {.output = log});
  Started started;
  eventually(
      [&] { return read_file(log).find("event=started") != std::string::npos || !daemon.is_running(); });
  started.runs = daemon.is_running();
  daemon.send_signal(SIGTERM);
  daemon.wait();
  started.log = read_file(log);
  return started;
}

// Configurations with one or two mistakes of each kind, and with none.
struct Mistakes : ConfigurationFixture {
  std::mt19937 random{20261130};

  std::size_t one_of(std::size_t count) { return random() % count; }
  template<std::size_t count>
  std::string one_of(const std::string (&texts)[count])
  {
    return texts[random() % count];
  }
  std::string file(const std::string& name) const { return "\"file:" + (directory / name).string() + "\""; }

  void prepare()
  {
    directory.write("short", "short\n");
    directory.write("empty", "");
    directory.write("open", "a-secret-that-everybody-reads\n");
    std::filesystem::permissions(directory / "open", std::filesystem::perms(0644));
    directory.write("not-a-store", "hello, this is no SQLite file\n");
    directory.write("token", "0123456789abcdef0123456789abcdef\n");
    directory.write("not-a-program", "");
  }

  std::string next()
  {
    const std::string folder = directory.path().string();
    const std::string stores[] = {"not-a-store", "nowhere/store", "."};
    const std::string secrets[] = {file("missing"), file("empty"), file("open"), "\"credential:x\"",
                                   "\"plain\""};
    const std::string addresses[] = {"::1", "192.0.2.1", "nonsense"};
    const std::string tables[] = {
        "",
        "",
        "[wrong]\nx = 1\n",
        "[limits]\nbody = \"9TB\"\n",
        "[limits]\nbody = \"1MiB\"\n",
        "[keep]\npostbacks = \"1s\"\n",
        "[keep]\npostbacks = \"30d\"\n",
        "[admin]\nsocket = \"" + folder + "/admin.sock\"\n",
        "[admin]\nsocket = \"" + folder + "/nowhere/admin.sock\"\n",
        "[admin]\nport = 99999\n",
        "[api]\nport = 0\n[[api.client]]\nname = \"shop\"\nscopes = [\"read\"]\ntoken = " + file("token") +
            "\n",
        "[api]\nport = 0\n[[api.client]]\nname = \"shop\"\nscopes = [\"read\"]\ntoken = " + file("short") +
            "\n",
        "[api]\nport = 0\ntls = { certificate = \"/no/c\", private_key = \"/no/k\" }\n[[api.client]]\nname = "
        "\"shop\"\nscopes = "
        "[\"read\"]\ntoken = " +
            file("token") + "\n",
        "[[handler]]\nname = \"a\"\nkind = \"exec\"\ncommand = [\"/bin/true\"]\n",
        "[[handler]]\nname = \"a\"\nkind = \"exec\"\ncommand = [\"" + folder + "/not-a-program\"]\n",
        "[[handler]]\nname = \"a\"\nkind = \"http\"\nurl = \"htp:/foo\"\n",
        "[[handler]]\nname = \"a\"\nkind = \"http\"\nurl = \"http://127.0.0.1:1/\"\nsigning_secret = " +
            file("missing") + "\n",
        "[[handler]]\nname = \"a\"\nkind = \"file\"\npath = \"" + folder + "/out\"\n",
        "[[handler]]\nname = \"a\"\nkind = \"nothing\"\n",
        "[platform]\naccess_token = " + file("secret") + "\ntoken_id = " + file("missing") + "\n",
        "[process]\nroles = [\"deliver\"]\n",
        "[process]\nroles = [\"sing\"]\n",
        "[log]\nlevel = \"loud\"\n",
        "[fanbase]\nenabled = true\n",
    };
    const auto mostly = [&](const std::string& right, const auto& others) {
      return one_of(8) == 0 ? one_of(others) : right;
    };
    std::string text =
        "[store]\npath = \"" + folder + "/" + mostly("store.sqlite3", stores) + "\"\n[listen]\naddress = \"" +
        mostly("127.0.0.1", addresses) +
        "\"\nport = 0\n[[route]]\npath = \"/postback\"\npostbacksecret = " + mostly(file("secret"), secrets) +
        "\n";
    const std::size_t first = one_of(std::size(tables));
    const std::size_t second = one_of(std::size(tables));
    text += tables[first];
    if (second != first && tables[second].substr(0, 6) != tables[first].substr(0, 6)) text += tables[second];
    return text;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(checks, Mistakes)

BOOST_AUTO_TEST_CASE(the_check_and_the_start_agree_on_two_hundred_configurations)
{
  prepare();
  int good = 0;
  for (int i = 0; i < 200; ++i) {
    for (const char* left : {"store.sqlite3", "c.store"})
      std::filesystem::remove(directory / left);
    const std::string text = next();
    const Output checked = check(text);
    const Started started = try_to_start(directory / "c.toml", directory / "log");
    if (checked.code == 0 && !has(checked, "not checked")) {
      ++good;
      BOOST_TEST(started.runs, text << '\n' << checked.out << started.log);
      BOOST_TEST(started.log.find("event=handler_cannot_run") == std::string::npos, text << '\n'
                                                                                         << started.log);
    } else if (checked.code != 0) {
      const bool is_whole = started.runs && started.log.find("event=handler_cannot_run") == std::string::npos;
      BOOST_TEST(!is_whole, text << '\n' << checked.out << started.log);
    }
  }
  BOOST_TEST(good > 20); // of both kinds
  BOOST_TEST(good < 150);
}

BOOST_AUTO_TEST_CASE(a_port_is_checked_unless_the_daemon_of_this_configuration_holds_it)
{
  Daemon other;
  std::string text = good();
  text.replace(text.find("port = 0"), 8, "port = " + std::to_string(other.port()));
  const Output foreign = check(text);
  BOOST_TEST(foreign.code == 78);
  BOOST_TEST(has(foreign, "another program holds the port"), foreign.out);
  BOOST_TEST(has(check(text + "[admin]\nport = " + std::to_string(other.port()) + "\n"),
                 "also the port of another table"));
}

BOOST_AUTO_TEST_SUITE_END()
