#pragma once

#include <string>
#include <string_view>

namespace runcast {

// The parts of an HTTP request that decide an upgrade, as they stand in it; several fields of one name joined by ", ".
struct UpgradeRequest {
  std::string_view method;
  unsigned http_version = 11;  // major * 10 + minor
  std::string_view upgrade;
  std::string_view connection;
  std::string_view key;        // Sec-WebSocket-Key
  std::string_view version;    // Sec-WebSocket-Version
  std::string_view protocols;  // Sec-WebSocket-Protocol
};

struct UpgradeAnswer {
  unsigned status = 101;        // else 400, or 426 with `Sec-WebSocket-Version: 13` and `Upgrade: websocket`
  std::string accept;           // Sec-WebSocket-Accept, with 101
  std::string_view fault = {};  // what is wrong with the request, otherwise
};

// Whether the request asks for a WebSocket at all, well or badly: if not, it is plain HTTP.
bool wants_websocket(UpgradeRequest const& request);

// The server's side of the opening handshake (RFC 6455, section 4.2).
UpgradeAnswer check_upgrade(UpgradeRequest const& request);

// Sec-WebSocket-Accept for a key.
std::string websocket_accept(std::string_view key);

// Whether a client that sent `protocols` may be answered with `protocol` (compared as it stands: names are exact).
bool offers_protocol(std::string_view protocols, std::string_view protocol);

// The head of the answer. `protocol` (empty: none) is one that was offered, `extensions` what accept_deflate()
// answered.
std::string upgrade_response(std::string_view accept, std::string_view protocol = {}, std::string_view extensions = {});

}  // namespace runcast
