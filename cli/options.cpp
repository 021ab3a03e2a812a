#include "cli/options.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "model/json_parse.hpp"

namespace runcast::cli {

namespace json = boost::json;

void add_client_options(CLI::App& command, ClientOptions& options) {
  command.add_option("--server", options.server, "Where the server is")
      ->envname("RUNCAST_SERVER")
      ->type_name("URL")
      ->capture_default_str()
      ->group("Server");
  command.add_option("--token", options.token, "The token that the server asks for")
      ->envname("RUNCAST_TOKEN")
      ->type_name("TOKEN")
      ->group("Server");
  command.add_option("--ca", options.ca, "A file of certificates to trust, instead of the system's (PEM)")
      ->envname("RUNCAST_CA")
      ->type_name("FILE")
      ->group("Server");
  command.add_flag("--json", options.json, "Print JSON: the server's answer, or a line an event or item");
}

OrRefusal<ApiClient> make_client(ClientOptions const& options) {
  auto server = parse_server_url(options.server);
  if (!server) return bad_use(server.error().message);
  server->ca = options.ca;
  return ApiClient{std::move(*server), options.token};
}

OrRefusal<std::string> call(ApiClient& client, ApiCall const& call, PlaceOf const& place_of) {
  auto answer = client.send(call);
  if (!answer) return no_server(answer.error());
  if (!answer->ok()) return refused(*answer, place_of);
  return std::move(answer->body);
}

OrRefusal<json::object> parse_answer(std::string_view body) {
  boost::system::error_code error;
  auto value = parse_own_json(body, error);
  if (error || !value.is_object()) return Refusal{exit_code::no_server, "the answer is not that of a runcast server"};
  return std::move(value.get_object());
}

std::string run_path(std::string_view run, std::string_view rest) {
  return fmt::format("/api/v2/workflows/runs/{}{}", percent_encode(run), rest);
}

std::string server_flag(ClientOptions const& options) {
  char const* const variable = std::getenv("RUNCAST_SERVER");
  bool const is_default = options.server == (variable ? std::string{variable} : ClientOptions{}.server);
  return is_default ? std::string{} : fmt::format(" --server {}", options.server);
}

void print_line(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
}

}  // namespace runcast::cli
