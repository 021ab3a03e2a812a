#include "hub/websocket/handshake.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include "hub/websocket/fields.hpp"

namespace runcast {
namespace {

// Whether an element of a comma-separated field value satisfies `matches`.
template <class Predicate>
bool any_element(std::string_view list, Predicate matches) {
  bool found = false;
  each_element(list, ',', [&](std::string_view element) { found = found || matches(element); });
  return found;
}

bool has_token(std::string_view list, std::string_view token) {
  return any_element(list, [&](std::string_view element) { return equal_ignoring_case(element, token); });
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

// Sixteen bytes make 22 characters and the padding.
bool is_key(std::string_view key) {
  return key.size() == 24 && std::ranges::all_of(key.substr(0, 22), is_base64) && key.substr(22) == "==";
}

UpgradeAnswer refused(unsigned status, std::string_view fault) { return {status, {}, fault}; }

}  // namespace

bool wants_websocket(UpgradeRequest const& request) { return has_token(request.upgrade, "websocket"); }

UpgradeAnswer check_upgrade(UpgradeRequest const& request) {
  if (request.method != "GET") return refused(400, "a WebSocket is opened with GET");
  if (request.http_version < 11) return refused(400, "a WebSocket needs HTTP/1.1");
  if (!wants_websocket(request)) return refused(426, "this address speaks WebSocket only");
  if (!has_token(request.connection, "upgrade")) return refused(400, "the Connection field does not say upgrade");
  if (trimmed(request.version) != "13") return refused(426, "only version 13 of the WebSocket protocol is spoken");
  if (!is_key(trimmed(request.key))) return refused(400, "Sec-WebSocket-Key is not 16 bytes in base64");
  return {.accept = websocket_accept(trimmed(request.key))};
}

std::string websocket_accept(std::string_view key) {
  std::string text(key);
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no SHA-1");
  }
  std::array<unsigned char, 29> encoded;  // 28 characters for 20 bytes, and the terminator
  int const length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {encoded.begin(), encoded.begin() + length};
}

bool offers_protocol(std::string_view protocols, std::string_view protocol) {
  return any_element(protocols, [&](std::string_view element) { return element == protocol; });
}

std::string upgrade_response(std::string_view accept, std::string_view protocol, std::string_view extensions) {
  std::string head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  head.append(accept).append("\r\n");
  if (!protocol.empty()) head.append("Sec-WebSocket-Protocol: ").append(protocol).append("\r\n");
  if (!extensions.empty()) head.append("Sec-WebSocket-Extensions: ").append(extensions).append("\r\n");
  return head.append("\r\n");
}

}  // namespace runcast
