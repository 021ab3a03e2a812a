#include "store/tokens.hpp"

#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/rand.h>
#include <sqlite3.h>

#include "base/id.hpp"
#include "store/data_dir.hpp"
#include "store/sha256.hpp"

namespace runcast {
namespace {

constexpr std::size_t max_name = 64;
constexpr int schema_version = 1;

constexpr char const* schema =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS tokens ("
    "  id      TEXT PRIMARY KEY,"
    "  name    TEXT NOT NULL,"
    "  hash    TEXT NOT NULL UNIQUE,"
    "  scopes  TEXT NOT NULL,"
    "  created INTEGER NOT NULL,"
    "  expires INTEGER,"
    "  revoked INTEGER"
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX IF NOT EXISTS tokens_by_name ON tokens (name) WHERE revoked IS NULL;"
    "PRAGMA user_version=1;"
    "COMMIT;";

// 256 random bits. The prefix lets people, and programs that look for leaked secrets, see what it is.
std::string new_token() {
  std::array<unsigned char, 32> bytes;
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) throw std::runtime_error("OpenSSL has no random bytes");
  std::string token = "rc_";
  for (auto const byte : bytes) fmt::format_to(std::back_inserter(token), "{:02x}", byte);
  return token;
}

bool is_plain(std::string_view name) {
  return std::ranges::all_of(name, [](unsigned char c) { return c > ' ' && c != 0x7f; });
}

Result<void> prepare(Connection& connection) {
  std::int64_t version = 0;
  {
    auto found = connection.query("PRAGMA user_version");
    if (!found) return found.error();
    if (auto const row = (*found)->step(); !row) return row.error();
    version = (*found)->integer(0);
  }
  if (version > schema_version) {
    return fail(Errc::invalid, "the tokens were made by a newer version of this program");
  }
  return version == schema_version ? Result<void>() : connection.execute(schema);
}

}  // namespace

Result<Tokens> Tokens::open(std::filesystem::path const& data_dir, Millis patience) {
  auto const file = DataDir::private_file(data_dir, file_name);
  if (!file) return file.error();
  auto connection = Connection::open(*file, Connection::Mode::read_write);
  if (!connection) return connection.error();
  if (auto prepared = prepare(**connection); !prepared) return prepared.error();
  sqlite3_busy_timeout((*connection)->handle(), static_cast<int>(patience.count()));
  return Tokens(std::move(*connection));
}

Result<std::optional<Tokens>> Tokens::open_existing(std::filesystem::path const& data_dir, Millis patience) {
  if (!std::filesystem::exists(data_dir / file_name)) return std::optional<Tokens>();
  auto tokens = open(data_dir, patience);
  if (!tokens) return tokens.error();
  return std::optional(std::move(*tokens));
}

Result<Tokens::Created> Tokens::create(Request const& request, Timestamp now) {
  auto const id = next_ulid().str();
  auto const name = request.name.empty() ? "token-" + id.substr(id.size() - 6) : request.name;
  if (name.size() > max_name || !is_plain(name)) {
    return fail(Errc::invalid,
                fmt::format("a token's name has at most {} bytes, and no space or control character", max_name));
  }
  Created created{{id, name, "", request.scopes, now, std::nullopt, std::nullopt}, new_token()};
  created.row.hash = sha256_hex(created.token);
  if (request.lifetime) created.row.expires = now + *request.lifetime;
  auto const& row = created.row;
  auto const stored = connection_->run("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, NULL)", row.id, row.name, row.hash,
                                       row.scopes.str(), row.created, row.expires);
  if (!stored && stored.error().code == Errc::conflict) {
    return fail(Errc::conflict, fmt::format("there is a token of the name '{}' already; revoke it first", name));
  }
  if (!stored) return stored.error();
  return created;
}

Result<TokenRow> Tokens::revoke(std::string_view token, Timestamp now) {
  auto const rows = list();
  if (!rows) return rows.error();
  auto const found = std::ranges::find_if(
      *rows, [&](TokenRow const& row) { return !row.revoked && (row.id == token || row.name == token); });
  if (found == rows->end()) return fail(Errc::not_found, fmt::format("there is no token '{}'", token));
  auto row = *found;
  row.revoked = now;
  auto const done = connection_->run("UPDATE tokens SET revoked = ? WHERE id = ?", now, row.id);
  if (!done) return done.error();
  return row;
}

Result<std::vector<TokenRow>> Tokens::list() {
  auto statement =
      connection_->query("SELECT id, name, hash, scopes, created, expires, revoked FROM tokens ORDER BY created, id");
  if (!statement) return statement.error();
  auto& row = **statement;
  std::vector<TokenRow> rows;
  for (;;) {
    auto const more = row.step();
    if (!more) return more.error();
    if (!*more) return rows;
    auto const scopes = Scopes::parse(row.text(3));
    if (!scopes) return fail(Errc::corrupt, "a token has scopes that are none");
    rows.push_back({row.str(0), row.str(1), row.str(2), *scopes, row.time(4), row.maybe_time(5), row.maybe_time(6)});
  }
}

Result<std::int64_t> Tokens::version() {
  auto statement = connection_->query("PRAGMA data_version");
  if (!statement) return statement.error();
  if (auto const row = (*statement)->step(); !row) return row.error();
  return (*statement)->integer(0);
}

}  // namespace runcast
