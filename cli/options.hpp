#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "cli/net/api_client.hpp"
#include "cli/refusal.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls it so
class App;
}

namespace runcast::cli {

// What every command that talks to a server takes.
struct ClientOptions {
  std::string server = "http://127.0.0.1:8080";
  std::string token;
  std::string ca;
  bool json = false;
};

// --server, --token, --ca and --json. `options` outlives the app's parsing.
void add_client_options(CLI::App& command, ClientOptions& options);

OrRefusal<ApiClient> make_client(ClientOptions const& options);

// Makes the call, and returns the body of a 2xx answer.
OrRefusal<std::string> call(ApiClient& client, ApiCall const& call, PlaceOf const& place_of = {});

// A server's answer as a JSON object. Refused (no server): what answers is no runcast.
OrRefusal<boost::json::object> parse_answer(std::string_view body);

// `/api/v2/workflows/runs/RUN` + rest.
std::string run_path(std::string_view run, std::string_view rest = "");

// How the user would name this server to another command: ` --server URL`, or nothing where it is the default anyway.
std::string server_flag(ClientOptions const& options);

// Writes a line to standard output.
void print_line(std::string_view text);

}  // namespace runcast::cli
