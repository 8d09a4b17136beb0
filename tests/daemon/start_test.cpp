// Credentials, and starts in a hostile environment: one clear message each, and the right exit code.
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "daemon/configuration_fixture.hpp"

using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(start, ConfigurationFixture)

BOOST_AUTO_TEST_CASE(unsafe_or_missing_credentials_are_refused)
{
  const auto replaced = [this](const std::string& reference) {
    std::string text = good();
    const std::string old = "file:" + (directory / "secret").string();
    return text.replace(text.find(old), old.size(), reference);
  };
  Output output = check(replaced("file:" + (directory / "missing").string()));
  BOOST_TEST(output.code == 78);
  BOOST_TEST(has(output, "missing' does not exist"), output.out);

  output = check(replaced("file:" + directory.write("empty", "\n").string()));
  BOOST_TEST(has(output, "empty' is empty"), output.out);

  const auto open = directory.write("open", "secret");
  std::filesystem::permissions(open, std::filesystem::perms(0644));
  output = check(replaced("file:" + open.string()));
  BOOST_TEST(output.code == 78);
  BOOST_TEST(has(output, "everybody can read or write the credential file"), output.out);
  BOOST_TEST(has(output, "chmod o= "), output.out);
  std::filesystem::permissions(open, std::filesystem::perms(0602));
  BOOST_TEST(has(check(replaced("file:" + open.string())), "everybody can read or write"));

  output = check(replaced("file:" + directory.write("dos", "secret\r\n").string()));
  BOOST_TEST(output.code == 78);
  BOOST_TEST(has(output, "a blank or a line end"), output.out);

  output = check(replaced("credential:postbacksecret"));
  BOOST_TEST(output.code == 0);
  BOOST_TEST(has(output, "not checked, because only the unit has them"), output.out);
  BOOST_TEST(ConfigurationFixture::start(replaced("credential:postbacksecret")).code ==
             78); // a restart alone does not help
  output = check(replaced("credential:secret"),
                 {.environment = {{"CREDENTIALS_DIRECTORY", directory.path().string()}}});
  BOOST_TEST(output.code == 0);
  BOOST_TEST(!has(output, "not checked"), output.out);
  // As in a container: below /run/secrets alone everybody may read them (tests/release/image.py).
  output = check(replaced("credential:secret"),
                 {.environment = {{"POSTBACKD_SECRETS_DIR", directory.path().string()}}});
  BOOST_TEST(output.code == 0);
  BOOST_TEST(!has(output, "not checked"), output.out);
  output = check(replaced("credential:open"),
                 {.environment = {{"POSTBACKD_SECRETS_DIR", directory.path().string()}}});
  BOOST_TEST(has(output, "everybody can read or write the credential file"), output.out);
  // As from LoadCredential=postbackd:DIRECTORY.
  std::filesystem::rename(directory / "secret", directory / "postbackd_secret");
  output = check(replaced("credential:secret"),
                 {.environment = {{"CREDENTIALS_DIRECTORY", directory.path().string()}}});
  BOOST_TEST(output.code == 0, output.out);
}

BOOST_AUTO_TEST_CASE(the_environment_may_name_the_configuration)
{
  const auto file = directory.write("other.toml", "[listen]\nprt = 1\n");
  for (const auto& [name, arguments] : std::map<std::string, std::vector<std::string>>{
           {"postbackd", {"--check-config"}}, {"postbackctl", {"list"}}}) {
    std::vector<std::string> command{program(name)};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const Output output = run(command, {.environment = {{"POSTBACKD_CONFIG", file.string()}}});
    BOOST_TEST(has(output, file.string() + ":2: [listen] prt: unknown key"), output.out);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_everybody_can_write_decides_nothing)
{
  const auto more = directory.write("conf.d/more.toml", "");
  std::filesystem::permissions(more, std::filesystem::perms(0646));
  Output output = check(good());
  BOOST_TEST(output.code == 78);
  BOOST_TEST(has(output, "everybody can write '" + more.string() + "': chmod o-w"), output.out);
}

BOOST_AUTO_TEST_CASE(what_is_unsafe_is_warned_of)
{
  const std::string text =
      good() + "open = true\n[[route]]\npath = \"/open\"\nopen = true\n"
               "[[handler]]\nname = \"crm\"\nkind = \"http\"\nurl = \"http://crm.example.com/x\"\n"
               "[[handler]]\nname = \"here\"\nkind = \"http\"\nurl = \"http://[::1]:1/x\"\n";
  directory.write("secret", "short\n");
  Output output = check(text);
  BOOST_TEST(output.code == 78);
  BOOST_TEST(has(output, "[[route]] open: the route has credentials"), output.out);
  output = check(std::string(text).erase(text.find("open = true\n"), 12));
  BOOST_TEST(output.code == 0, output.out);
  BOOST_TEST(has(output, "open = true: everybody can post results here without a secret"), output.out);
  BOOST_TEST(has(output, "[[route]] postbacksecret: the secret has less than 16 characters"), output.out);
  BOOST_TEST(has(output, "travel to crm.example.com in clear text"), output.out);
  BOOST_TEST(!has(output, "::1"), output.out);
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_is_one_error_in_the_journal)
{
  const Output output =
      start(good() + "[limits]\nx = 1\ny = 2\n", {.environment = {{"JOURNAL_STREAM", "8:1"}}});
  BOOST_TEST(output.code == 78);
  BOOST_TEST(output.out.starts_with("<3>event=not_started why="), output.out);
  BOOST_TEST(std::count(output.out.begin(), output.out.end(), '\n') == 1, output.out);
}

BOOST_AUTO_TEST_CASE(submitting_needs_a_public_url_and_readable_credentials)
{
  const auto with = [this](const std::string& listen, const std::string& token) {
    return "[store]\npath = \"" + (directory / "s").string() + "\"\n[listen]\n" + listen +
           "[[route]]\npath = \"/p\"\npostbacksecret = \"file:" + (directory / "secret").string() +
           "\"\n[platform]\naccess_token = \"file:" + (directory / token).string() +
           "\"\ntoken_id = \"file:" + (directory / "secret").string() + "\"\n";
  };
  const std::string url = "public_url = \"https://hooks.example.com\"\n";
  BOOST_TEST(check(with(url, "secret")).code == 0);
  BOOST_TEST(has(check(with("", "secret")), "[listen] public_url is not set"));
  const Output output = check(with(url, "missing"));
  BOOST_TEST(output.code == 78);
  BOOST_TEST(has(output, "missing' does not exist"), output.out);
}

// A check that says "good" means that it starts.
BOOST_AUTO_TEST_CASE(the_credentials_of_the_api_are_checked_as_they_are_read_at_a_start)
{
  const auto with = [this](const std::string& token, const std::string& tls = "") {
    return good() + "[api]\nport = 0\n" + tls +
           "[[api.client]]\nname = \"shop\"\nscopes = [\"read\"]\ntoken = \"file:" +
           (directory / token).string() + "\"\n";
  };
  for (const std::string& text :
       {with("missing"),
        with("secret", "tls = { certificate = \"/no/certificate\", private_key = \"/no/key\" }\n")}) {
    const Output checked = check(text);
    const Output started = ConfigurationFixture::start(text);
    BOOST_TEST(checked.code == 78, checked.out);
    BOOST_TEST(started.code != 0);
    BOOST_TEST(has(checked, "does not exist"), checked.out);
    BOOST_TEST(has(started, "does not exist"), started.out);
  }
  BOOST_TEST(
      has(check(with("secret", "tls = { certificate = \"/no/certificate\", private_key = \"/no/key\" }\n")),
          "[api] tls: the "));
  directory.write("short", "short");
  const Output short_token = check(with("short"));
  BOOST_TEST(has(short_token, "can be guessed"), short_token.out);
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_reported_in_one_sentence)
{
  Daemon other;
  std::string text = good();
  text.replace(text.find("port = 0"), 8, "port = " + std::to_string(other.port()));
  const Output output = ConfigurationFixture::start(text);
  BOOST_TEST(output.code == 1);
  BOOST_TEST(has(output, "cannot listen on 127.0.0.1 port"), output.out);
  BOOST_TEST(has(output, "another program holds the port"), output.out);
  BOOST_TEST(has(output, "[listen] port: "), output.out);
  const Output api =
      ConfigurationFixture::start(good() + "[api]\nport = " + std::to_string(other.port()) +
                                  "\n[[api.client]]\nname = \"shop\"\nscopes = [\"read\"]\ntoken = \"file:" +
                                  (directory / "secret").string() + "\"\n");
  BOOST_TEST(has(api, "[api] port: "), api.out);
}

BOOST_AUTO_TEST_CASE(an_unwritable_folder_is_reported_in_one_sentence)
{
  std::filesystem::create_directory(directory / "closed");
  std::filesystem::permissions(directory / "closed", std::filesystem::perms(0555));
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0777));
  if (::geteuid() == 0) BOOST_REQUIRE(::chown((directory / "secret").c_str(), nobody, nobody) == 0);
  std::string text = good();
  text.replace(text.find("/store.sqlite3"), 1, "/closed/");
  const Output output = ConfigurationFixture::start(text, {.as_nobody = true});
  BOOST_TEST(output.code == 1);
  BOOST_TEST(has(output, "cannot open the store"), output.out);
  BOOST_TEST(has(output, "Check the owner and the mode"), output.out);
}

BOOST_AUTO_TEST_CASE(an_unreadable_conf_d_is_reported_in_one_sentence,
                     *boost::unit_test::precondition(as_root))
{
  directory.write("conf.d/more.toml", "");
  std::filesystem::permissions(directory / "conf.d", std::filesystem::perms(0700));
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  const Output output = ConfigurationFixture::start(good(), {.as_nobody = true});
  BOOST_TEST(output.code == 78);
  BOOST_TEST(has(output, "conf.d': "), output.out);
}

BOOST_AUTO_TEST_CASE(an_unreadable_credential_is_reported_in_one_sentence,
                     *boost::unit_test::precondition(as_root))
{
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0777));
  const Output output = ConfigurationFixture::start(good(), {.as_nobody = true});
  BOOST_TEST(output.code == 78);
  BOOST_TEST(has(output, "cannot read the credential file"), output.out);
}

BOOST_AUTO_TEST_SUITE_END()
