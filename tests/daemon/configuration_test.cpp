// Wrong configurations: one clear message each, and the right exit code.
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "daemon/configuration_fixture.hpp"

using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(configuration, ConfigurationFixture)

BOOST_AUTO_TEST_CASE(a_good_configuration_is_reported_as_good)
{
  const Output output = check(good());
  BOOST_TEST(output.code == 0);
  BOOST_TEST(has(output, "good, 1 route(s)"), output.out);
}

BOOST_AUTO_TEST_CASE(the_shipped_example_is_good)
{
  // Its credentials come from the unit.
  const Output output = run({program("postbackd"), "--config", EXAMPLE_CONFIGURATION, "--check-config"},
                            {.environment = {{"STATE_DIRECTORY", directory.path().string()}}});
  const bool is_ours =
      !has(output, "another program holds the port"); // 8080, on a machine that has other work
  BOOST_TEST((output.code == 0 || !is_ours), output.out);
}

BOOST_AUTO_TEST_CASE(every_mistake_is_reported_with_its_line_and_what_was_expected)
{
  const std::pair<const char*, const char*> table[] = {
      {"[store]\npth = \"x\"\n", "c.toml:2: [store] pth: unknown key"},
      {"[stor]\npath = \"x\"\n", "c.toml:1: stor: unknown key"},
      {"[keep]\npostbacks = \"30\"\n", "c.toml:2: [keep] postbacks: expected a duration such as"},
      {"[listen]\nport = 70000\n", "c.toml:2: [listen] port: expected a whole number from 0 to 65535"},
      {"[listen]\nport = \"8080\"\n", "c.toml:2: [listen] port: expected a whole number"},
      {"[listen]\naddress = []\n", "[listen] address: expected at least one IP address"},
      {"[listen]\ntls = { certificate = \"a\" }\n", "[listen] tls: expected { certificate ="},
      {"[listen]\naddress = [\"localhost\"]\n", "'localhost' is not an IP address"},
      {"[listen]\npublic_url = \"http://\"\n", "[listen] public_url: expected a URL"},
      {"[listen]\npublic_url = \"http://a}, web{http://b\"\n", "[listen] public_url: expected a URL"},
      {"[listen]\npublic_url = \"hooks.example.com\"\n", "[listen] public_url: expected a URL"},
      {"[limits]\nbody = \"10GiB\"\n", "[limits] body: expected a size such as"},
      {"[log]\nlevel = \"loud\"\n", "[log] level: 'loud' is not one of debug, info, warning, error"},
      {"[[handler]]\nkind = \"exec\"\n", "[[handler]] name: missing"},
      {"[[handler]]\nname = \"a\"\nkind = \"smtp\"\n", "handler 'a': there is no kind 'smtp'"},
      {"[[handler]]\nname = \"a\"\nkind = \"http\"\n", "[[handler]] name: url: missing"},
      {"[[handler]]\nname = \"a\"\nkind = \"exec\"\ncommand = [\"x\"]\nmatch = { status = \"good\" }\n",
       "'good' is not one of ok"},
      {"[[handler]]\nname = \"a\"\nkind = \"exec\"\ncommand = [\"/no/such\"]\n",
       "c.toml:2: [[handler]] name: command: cannot execute '/no/such'"},
      {"[[handler]]\nname = \"a\"\nkind = \"http\"\nurl = \"http://x\"\nsigning_secret = \"whsec_AAAA\"\n",
       "never the secret itself"},
      {"[[handler]]\nname = \"a\"\nkind = \"file\"\npath = \"/tmp/x\"\nurl = \"http://x\"\n",
       "url: unknown key of a handler of kind file"},
      {"[[handler]]\nname = \"a b\"\nkind = \"file\"\npath = \"/tmp/x\"\n",
       "[[handler]] name: expected up to 64"},
      {"[platform]\naccess_token = \"plain-text\"\n", "expected \"credential:NAME\" or \"file:PATH\""},
      {"[[handler]]\nname = \"a\"\nkind = \"exec\"\nmatch = { event = \"ticket-create\" }\n",
       "use action = or event_name = for 'ticket-create'"},
      {"[[handler]]\nname = \"a\"\nkind = \"file\"\npath = \"/tmp/x\"\nmatch = { values = { \"$.a\" = \"1\" "
       "} }\n",
       "$.a: expected a JSON Pointer such as"},
      {"[[handler]]\nname = \"a\"\nkind = \"file\"\npath = \"/tmp/x\"\nmatch = { values = { \"/a\" = [] } "
       "}\n",
       "/a: expected a text, or a list of texts"},
      {"[[handler]]\nname = \"a\"\nkind = \"file\"\npath = \"/tmp/x\"\nrate = 0\n",
       "[[handler]] rate: expected"},
      {"[fanbase]\nevent_zone = \"Brazil\"\n", "[fanbase] event_zone: 'Brazil' is not like \"-03:00\""},
      {"[fanbase]\nenabled = true\n", "[fanbase] client: missing"},
      {"[fanbase]\nclient = [{ id = \"a\" }]\n", "secret: missing"},
      {"[fanbase]\napi = \"peple\"\n", "'peple' is not an API of the platform"},
      {"[platform]\ntoken_id = \"file:x\"\n", "[platform] access_token: missing"},
      {"[platform]\nbase_url = \"platform\"\n", "[platform] base_url: expected a URL"},
      {"[platform]\nroute = \"/other\"\n", "[platform] route: there is no [[route]] with the path '/other'"},
      {"[platform]\nrate = 0.0\n", "[platform] rate: expected"},
      {"[platform]\nask = true\n", "[platform] ask: unknown key"},
      {"[fanbase]\nenabled = \"no\"\n", "[fanbase] enabled: expected true or false"},
      {"[[route]]\npath = \"/other\"\n", "the route has no credentials"},
      {"[[route]]\npath = \"other\"\npostbacksecret = \"file:/x\"\n",
       "[[route]] path: expected a path such as"},
      {"[[route]]\npath = \"/postback\"\npostbacksecret = \"file:/x\"\n", "another route has this path"},
      {"[[route]]\npath = \"/a\"\npostbacksecret = []\n", "the route has no credentials"},
      {"[[route]]\npath = \"/a\"\npostbacksecret = \"hunter2\"\n", "never the secret itself"},
      {"[[route]]\npath = \"/a\"\nauthorization = [{ key = \"k\" }]\n", "authorization token: missing"},
      {"[store\n", "c.toml:"},
  };
  for (const auto& [mistake, expected] : table) {
    const bool is_table =
        std::string(mistake).starts_with("[store") || std::string(mistake).starts_with("[listen");
    std::string text = mistake;
    // A table must not occur twice: the mistake replaces the good one.
    text += is_table ? "[[route]]\npath = \"/postback\"\npostbacksecret = \"file:" +
                           (directory / "secret").string() + "\"\n"
                     : good();
    const Output output = check(text);
    BOOST_TEST(output.code == 78, mistake << output.out);
    BOOST_TEST(has(output, expected), mistake << output.out);
    BOOST_TEST(!has(output, "hunter2"));
  }
  BOOST_TEST(start("[store]\npth = 1\n").code == 78);
  BOOST_TEST(has(check(""), "no [[route]]"));
}

BOOST_AUTO_TEST_CASE(several_mistakes_are_reported_at_once)
{
  const Output output = check("[listen]\nport = -1\n[limits]\nbody = 5\nbdy = 6\n");
  for (const char* part : {"port", "body: expected", "bdy: unknown key", "no [[route]]"})
    BOOST_TEST(has(output, part), part);
}

BOOST_AUTO_TEST_CASE(files_of_conf_d_add_and_replace)
{
  directory.write("conf.d/10-port.toml", "[listen]\nprt = 1\n");
  const Output wrong = check(good());
  BOOST_TEST(wrong.code == 78);
  BOOST_TEST(has(wrong, "conf.d/10-port.toml:2: [listen] prt: unknown key"), wrong.out);
  directory.write("conf.d/10-port.toml",
                  "[listen]\nport = 8081\n[[route]]\npath = \"/more\"\npostbacksecret = \"file:" +
                      (directory / "secret").string() + "\"\n");
  const Output good_one = check(good());
  BOOST_TEST(has(good_one, "good, 2 route(s)"), good_one.out);
}

BOOST_AUTO_TEST_CASE(all_that_a_check_finds_is_said_at_once)
{
  const Output output =
      check(good() + "[[route]]\npath = \"/a\"\npostbacksecret = \"file:/no/such/a\"\n"
                     "[[route]]\npath = \"/b\"\npostbacksecret = \"file:/no/such/b\"\n"
                     "[listen.tls]\ncertificate = \"/no/such/c\"\nprivate_key = \"/no/such/k\"\n");
  BOOST_TEST(output.code == 78);
  for (const char* name : {"/no/such/a'", "/no/such/b'", "/no/such/c'"})
    BOOST_TEST(has(output, name), output.out);
}

BOOST_AUTO_TEST_CASE(a_typo_gets_a_suggestion)
{
  BOOST_TEST(has(check(good() + "[limit]\nbody = \"1MiB\"\n"), "limit: unknown key: did you mean limits?"));
  BOOST_TEST(has(check(good() + "[limits]\nconections = 5\n"), "did you mean connections?"));
  BOOST_TEST(!has(check(good() + "[limits]\nanything_else = 5\n"), "did you mean"));
}

BOOST_AUTO_TEST_CASE(the_command_line_explains_itself)
{
  for (const char* name : {"postbackd", "postbackctl"}) {
    BOOST_TEST(run({program(name), "--help"}).code == 0);
    BOOST_TEST(run({program(name), "--version"}).out.starts_with(std::string(name) + " "));
    BOOST_TEST(run({program(name), "--no-such"}).code == 64);
  }
  const Output missing = run({program("postbackd"), "--config", "/no/such.toml"});
  BOOST_TEST(missing.code == 78);
  BOOST_TEST(has(missing, "cannot read '/no/such.toml': "), missing.out);
}

BOOST_AUTO_TEST_SUITE_END()
