#include "server/token_command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/duration.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal/local_time.hpp"
#include "cli/terminal/table.hpp"
#include "cli/terminal/terminal.hpp"
#include "cli/terminal/text.hpp"
#include "model/json_text.hpp"
#include "store/tokens.hpp"

namespace runcast {
namespace {

namespace json = boost::json;
using cli::bad_use;
using cli::OrRefusal;

struct TokenOptions {
  std::string data;
  bool json = false;
};
struct CreateOptions : TokenOptions {
  std::string scope = "read,submit";
  std::string name;
  std::string expires;
};
struct RevokeOptions : TokenOptions {
  std::string token;
};

cli::Refusal refusal(Error const& error) {
  bool const bad = error.code == Errc::invalid || error.code == Errc::conflict || error.code == Errc::not_found;
  return {bad ? exit_code::bad_use : exit_code::failure, error.message};
}

json::value time_value(std::optional<Timestamp> const& time) {
  return time ? json::value(to_epoch_ms(*time)) : json::value(nullptr);
}

json::object to_json(TokenRow const& row) {
  return {{"id", row.id},
          {"name", row.name},
          {"scopes", row.scopes.str()},
          {"created", to_epoch_ms(row.created)},
          {"expires", time_value(row.expires)},
          {"revoked", time_value(row.revoked)}};
}

OrRefusal<int> create(CreateOptions const& options) {
  Tokens::Request request{options.name, {}, std::nullopt};
  auto const scopes = Scopes::parse(options.scope);
  if (!scopes) return refusal(scopes.error());
  request.scopes = *scopes;
  if (!options.expires.empty()) {
    auto const lifetime = parse_duration(options.expires);
    if (!lifetime) return bad_use("--expires: " + lifetime.error().message);
    request.lifetime = *lifetime;
  }
  auto tokens = Tokens::open(options.data);
  if (!tokens) return refusal(tokens.error());
  auto const created = tokens->create(request, wall_clock_now());
  if (!created) return refusal(created.error());
  if (options.json) {
    auto document = to_json(created->row);
    document["token"] = created->token;
    cli::print_line(to_json_text(document));
    return exit_code::success;
  }
  fmt::print(stderr, "{} ({}); it is shown only now:\n", created->row.name, created->row.scopes.str());
  cli::print_line(created->token);
  return exit_code::success;
}

std::string state_of(TokenRow const& row, Timestamp now) {
  if (row.revoked) return "revoked " + cli::local_date_time(*row.revoked);
  if (!row.expires) return "holds";
  return (*row.expires > now ? "holds until " : "expired ") + cli::local_date_time(*row.expires);
}

OrRefusal<int> list(TokenOptions const& options) {
  auto tokens = Tokens::open(options.data);
  if (!tokens) return refusal(tokens.error());
  auto const rows = tokens->list();
  if (!rows) return refusal(rows.error());
  if (options.json) {
    json::array items;
    for (auto const& row : *rows) items.push_back(to_json(row));
    cli::print_line(to_json_text(json::object{{"items", std::move(items)}}));
    return exit_code::success;
  }
  cli::Table table{{"ID", "NAME", "SCOPES", "CREATED", "STATE"}, {}, 1};
  for (auto const& row : *rows) {
    table.rows.push_back({row.id, cli::plain_text(row.name), row.scopes.str(), cli::local_date_time(row.created),
                          state_of(row, wall_clock_now())});
  }
  fmt::print("{}", layout(table, cli::standard_output().style, cli::table_columns()));
  return exit_code::success;
}

OrRefusal<int> revoke(RevokeOptions const& options) {
  auto tokens = Tokens::open(options.data);
  if (!tokens) return refusal(tokens.error());
  auto const revoked = tokens->revoke(options.token, wall_clock_now());
  if (!revoked) return refusal(revoked.error());
  if (options.json) {
    cli::print_line(to_json_text(to_json(*revoked)));
  } else {
    cli::print_line(fmt::format("{} is revoked", revoked->name));
  }
  return exit_code::success;
}

void add_token_options(CLI::App& command, TokenOptions& options) {
  command.add_option("--data", options.data, "The server's data directory")
      ->envname("RUNCAST_DATA")
      ->type_name("DIR")
      ->required();
  command.add_flag("--json", options.json, "Print JSON");
}

}  // namespace

void add_token(CLI::App& app, CommandAction& action) {
  auto* token = app.add_subcommand("token", "Make, list and revoke the tokens of a server")->group(cli::group_operate);
  token->require_subcommand(1);
  token->footer(
      "As soon as a server has had a token it asks every call for one. They are made and revoked beside the\n"
      "running server, which knows of it within a second.\n\n"
      "Examples:\n"
      "  runcast token create --data /var/lib/runcast --name ci --scope read,submit --expires 90d\n"
      "  runcast token revoke --data /var/lib/runcast ci");

  auto made = std::make_shared<CreateOptions>();
  auto* command = token->add_subcommand("create", "Make a token, and print it: it is shown only then");
  command->add_option("--scope", made->scope, "What it allows: read, submit, work, admin (everything)")
      ->type_name("LIST")
      ->capture_default_str()
      ->join(',');
  command->add_option("--name", made->name, "What runs record as started by")->type_name("NAME");
  command->add_option("--expires", made->expires, "How long it holds; without it, until it is revoked")
      ->type_name("DURATION");
  add_token_options(*command, *made);
  cli::on_chosen(command, action, made, create);

  auto listed = std::make_shared<TokenOptions>();
  command = token->add_subcommand("list", "List the tokens; not what they are");
  add_token_options(*command, *listed);
  cli::on_chosen(command, action, listed, list);

  auto ended = std::make_shared<RevokeOptions>();
  command = token->add_subcommand("revoke", "End a token, and the streams that go by it");
  command->add_option("TOKEN", ended->token, "Its id or its name")->required()->type_name("");
  add_token_options(*command, *ended);
  cli::on_chosen(command, action, ended, revoke);
}

}  // namespace runcast
