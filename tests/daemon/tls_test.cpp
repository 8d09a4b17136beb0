// TLS, with curl and openssl as the peers.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <unistd.h>

#include "support/daemon.hpp"

using namespace postbackd::test;

namespace
{

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Makes a self-signed certificate and its key: NAME.pem and NAME.key.
void make_certificate(const TemporaryDirectory& directory, const std::string& name,
                      const std::string& subject)
{
  const std::vector<std::string> command{"openssl",
                                         "req",
                                         "-x509",
                                         "-newkey",
                                         "ec",
                                         "-pkeyopt",
                                         "ec_paramgen_curve:P-256",
                                         "-nodes",
                                         "-subj",
                                         "/CN=" + subject,
                                         "-addext",
                                         "subjectAltName=DNS:localhost,IP:127.0.0.1",
                                         "-keyout",
                                         (directory / (name + ".key")).string(),
                                         "-out",
                                         (directory / (name + ".pem")).string()};
  BOOST_REQUIRE(run(command).code == 0);
  std::filesystem::permissions(directory / (name + ".key"), std::filesystem::perms(0600));
}

struct TlsFixture {
  TlsFixture() { make_certificate(keys, "server", "first"); }

  Daemon::Options options() const
  {
    Daemon::Options options;
    options.listen = "tls = { certificate = \"" + (keys / "server.pem").string() + "\", private_key = \"" +
                     (keys / "server.key").string() + "\" }\n";
    return options;
  }

  Output curl(const Daemon& daemon, std::vector<std::string> more) const
  {
    std::vector<std::string> command{"curl",
                                     "-sS",
                                     "--max-time",
                                     "20",
                                     "--cacert",
                                     (keys / "server.pem").string(),
                                     "https://127.0.0.1:" + std::to_string(daemon.port()) + "/postback"};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  }

  // Runs openssl's client, which connects, sends nothing, and ends.
  std::string client(const Daemon& daemon, const std::string& options) const
  {
    return run({"sh", "-c",
                "openssl s_client -connect 127.0.0.1:" + std::to_string(daemon.port()) + " " + options +
                    " </dev/null 2>&1"})
        .out;
  }

  TemporaryDirectory keys;
};

// Checks the message of --check-config for this [listen] tls.
Output check(const TemporaryDirectory& keys, const std::string& certificate, const std::string& private_key)
{
  keys.write("secret", "s");
  const auto file = keys.write(
      "c.toml",
      "[store]\npath = \"" + (keys / "s").string() + "\"\n[listen]\nport = 0\ntls = { certificate = \"" +
          (keys / certificate).string() + "\", private_key = \"" + (keys / private_key).string() +
          "\" }\n[[route]]\npath = \"/p\"\npostbacksecret = \"file:" + (keys / "secret").string() + "\"\n");
  return run({program("postbackd"), "--config", file.string(), "--check-config"});
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(tls, TlsFixture)

BOOST_AUTO_TEST_CASE(a_refusal_reaches_a_client_that_sends_all_before_it_reads)
{
  const std::string script = "import http.client, ssl, sys\n"
                             "port, certificate = int(sys.argv[1]), sys.argv[2]\n"
                             "c = (http.client.HTTPSConnection('127.0.0.1', port, "
                             "context=ssl.create_default_context(cafile=certificate))\n"
                             "     if certificate else http.client.HTTPConnection('127.0.0.1', port))\n"
                             "c.request('POST', '/postback', b'x' * (8 << 20), {'Postbacksecret': 'wrong'})\n"
                             "print(c.getresponse().status)\n";
  const auto status = [&](const Daemon& daemon, const std::string& certificate) {
    return run({"python3", "-c", script, std::to_string(daemon.port()), certificate}).out;
  };
  BOOST_TEST(status(Daemon(), "") == "401\n");
  BOOST_TEST(status(Daemon(options()), (keys / "server.pem").string()) == "401\n");
}

BOOST_AUTO_TEST_CASE(a_postback_over_tls_is_kept)
{
  Daemon daemon(options());
  const Output output =
      curl(daemon, {"-H", "Postbacksecret: test-secret", "-d", R"({"QueryId":"over-tls"})"});
  BOOST_TEST(has(output.out, "\"receipt\""), output.out);
  // A large one, in many records, and one that is refused.
  const auto large = keys.write("large", R"({"QueryId":"large","a":")" + std::string(3'000'000, 'x') + "\"}");
  BOOST_TEST(
      has(curl(daemon, {"-H", "Postbacksecret: test-secret", "--data-binary", "@" + large.string()}).out,
          "\"receipt\""));
  BOOST_TEST(has(curl(daemon, {"-H", "Postbacksecret: wrong", "-d", "x"}).out, "unauthorized"));
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks") == "2");
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(tls_1_2_and_1_3_are_accepted_and_nothing_older)
{
  Daemon daemon(options());
  BOOST_TEST(has(client(daemon, "-tls1_2"), "New, TLSv1.2, Cipher is ECDHE"));
  BOOST_TEST(has(client(daemon, "-tls1_3"), "New, TLSv1.3, Cipher is"));
  BOOST_TEST(
      !has(client(daemon, "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:AES128-SHA"),
           "Cipher is ECDHE"));
  BOOST_TEST(!has(client(daemon, "-tls1_1 -cipher DEFAULT@SECLEVEL=0"), "Cipher is ECDHE"));
}

BOOST_AUTO_TEST_CASE(sessions_are_resumed_with_tickets)
{
  Daemon daemon(options());
  const std::string session = (keys / "session").string();
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    // A ticket of TLS 1.3 arrives after the handshake, with the first answer.
    const std::string request = "printf 'GET / HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n' | openssl s_client -quiet "
                                "-ign_eof -connect 127.0.0.1:" +
                                std::to_string(daemon.port()) + " " + version;
    run({"sh", "-c", request + " -sess_out " + session});
    BOOST_TEST(has(client(daemon, version + " -sess_in " + session), "Reused, TLSv1."), version);
  }
}

BOOST_AUTO_TEST_CASE(plain_http_on_the_tls_port_is_refused_and_counted)
{
  Daemon daemon(options());
  RawConnection plain(daemon.port());
  plain.send(to_bytes({.body = "{}"}));
  BOOST_TEST(!plain.read_all().starts_with("HTTP/1.1 2"));
  RawConnection silent(daemon.port());
  BOOST_TEST(has(daemon.log(), "kind=tls"));
  BOOST_TEST(daemon.query("SELECT count(*) FROM v_postbacks") == "0");
  BOOST_TEST(daemon.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_silent_client_is_ended_at_its_deadline_in_the_handshake)
{
  Daemon::Options slow = options();
  slow.limits = "header_timeout = \"100ms\"\n";
  Daemon daemon(slow);
  RawConnection silent(daemon.port());
  BOOST_TEST(silent.read_all().empty());
}

BOOST_AUTO_TEST_CASE(a_reload_uses_the_new_certificate_and_drops_no_connection)
{
  Daemon daemon(options());
  const auto subject = [&] { // some versions write blanks
    std::string text = client(daemon, "");
    std::erase(text, ' ');
    return text.substr(std::min(text.find("subject="), text.size()), 20);
  };
  BOOST_TEST(subject().starts_with("subject=CN=first"));
  // A connection in flight: half of its body is sent before the reload, the rest when the file `go` is there.
  const std::string go = (keys / "go").string();
  const std::string head = "POST /postback HTTP/1.1\\r\\nHost: h\\r\\nPostbacksecret: "
                           "test-secret\\r\\nConnection: close\\r\\nContent-Length: 20\\r\\n\\r\\n";
  Process in_flight({"sh", "-c",
                     "{ printf '" + head + "{\"QueryId\":'; touch " + go + ".sent; while [ ! -e " + go +
                         " ]; do sleep 0.02; done; printf '\"flight\"}'; } | openssl s_client -quiet "
                         "-ign_eof -connect 127.0.0.1:" +
                         std::to_string(daemon.port())},
                    {.output = keys / "in_flight"});
  BOOST_REQUIRE(eventually([&] { return std::filesystem::exists(go + ".sent"); }));
  const std::size_t with_it = daemon.open_descriptors();
  make_certificate(keys, "server", "second");
  daemon.hang_up();
  BOOST_REQUIRE(eventually([&] { return has(daemon.log(), "event=reloaded"); }));
  BOOST_TEST(subject().starts_with("subject=CN=second"));
  BOOST_TEST(with_it > 0u);
  keys.write("go", "");
  in_flight.wait();
  BOOST_TEST(has(read_file(keys / "in_flight"), "200 OK"), read_file(keys / "in_flight"));
}

BOOST_AUTO_TEST_CASE(a_bad_certificate_is_reported_in_one_sentence_and_a_reload_keeps_the_old_one)
{
  make_certificate(keys, "other", "other");
  make_certificate(keys, "expired", "expired");
  const std::string expired = (keys / "expired").string();
  // The second way is that of OpenSSL 3.5.
  const std::string sign =
      "openssl x509 -req -in " + expired + ".csr -signkey " + expired + ".key -out " + expired + ".pem ";
  BOOST_REQUIRE(
      run({"sh", "-c",
           "openssl req -new -key " + expired + ".key -subj /CN=expired -out " + expired + ".csr && (" +
               sign + "-days -1 || " + sign + "-not_before 20200101000000Z -not_after 20200102000000Z)"})
          .code == 0);
  BOOST_TEST(check(keys, "server.pem", "server.key").code == 0);
  const auto sentence = [this](const std::string& certificate, const std::string& key,
                               const std::string& expected) {
    const Output output = check(keys, certificate, key);
    BOOST_TEST(output.code == 78);
    BOOST_TEST(has(output.out, expected), output.out);
  };
  sentence("server.pem", "other.key", "does not belong to the certificate");
  sentence("missing.pem", "server.key", "missing.pem' does not exist");
  sentence("server.pem", "missing.key", "missing.key' does not exist");
  sentence("secret", "server.key", "cannot read the certificate");
  sentence("expired.pem", "expired.key", "has expired: renew it");
  std::filesystem::permissions(keys / "other.key", std::filesystem::perms(0644));
  sentence("other.pem", "other.key", "everybody can read the private key");

  Daemon daemon(options());
  std::filesystem::copy_file(keys / "expired.pem", keys / "server.pem",
                             std::filesystem::copy_options::overwrite_existing);
  daemon.hang_up();
  BOOST_REQUIRE(eventually([&] { return has(daemon.log(), "event=not_reloaded"); }));
  const auto subject = [&] { // some versions write blanks
    std::string text = client(daemon, "");
    std::erase(text, ' ');
    return text.substr(std::min(text.find("subject="), text.size()), 20);
  };
  BOOST_TEST(subject().starts_with("subject=CN=first"));
}

BOOST_AUTO_TEST_SUITE_END()
