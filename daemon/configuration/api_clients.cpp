#include "configuration/api_clients.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "base/ascii.hpp"

namespace postbackd
{
namespace
{

constexpr double least_bits = 128;
constexpr std::size_t least_different = 8;

// How much a random text with these kinds of characters has.
double bits_of(const std::string& token)
{
  bool digits = false, hexadecimal = true, lower = false, upper = false, others = false;
  for (const char c : token) {
    digits |= base::is_digit(c);
    lower |= c >= 'a' && c <= 'z';
    upper |= c >= 'A' && c <= 'Z';
    others |= !base::is_digit(c) && !base::is_letter(c);
    hexadecimal &= base::hex_value(c) >= 0;
  }
  const bool one_case = !(lower && upper);
  const int alphabet =
      hexadecimal && one_case && (lower || upper) ? 16 : 10 * digits + 26 * lower + 26 * upper + 33 * others;
  return static_cast<double>(token.size()) * std::log2(alphabet);
}

void check_strength(const CredentialReference& reference, const std::string& token)
{
  const std::set<char> different(token.begin(), token.end());
  if (bits_of(token) < least_bits || different.size() < least_different)
    throw ConfigurationError(
        fmt::format("{}: the token in {} can be guessed: make one with `openssl rand -hex 32`",
                    reference.where.text, reference.text));
}

} // namespace

std::vector<std::vector<base::Secret>> read_tokens(const Reloadable& live, bool check_only)
{
  std::vector<std::vector<base::Secret>> all;
  std::map<base::Sha256, const Reloadable::ApiClient*> owners;
  for (const Reloadable::ApiClient& client : live.api_clients) {
    std::vector<base::Secret>& tokens = all.emplace_back();
    for (const CredentialReference& reference : client.tokens) {
      if (check_only && needs_the_unit(reference)) continue;
      const std::string token = read_credential_text(reference);
      check_strength(reference, token);
      const auto [owner, is_new] = owners.emplace(base::sha256(token), &client);
      if (owner->second != &client)
        throw ConfigurationError(
            fmt::format("{}: the token in {} is also that of the client \"{}\": each needs its own",
                        reference.where.text, reference.text, owner->second->name));
      tokens.emplace_back(token);
    }
  }
  return all;
}

} // namespace postbackd
