// RFC 6455, section 4.2: the server's side of the opening handshake.
#include <catch2/catch.hpp>

#include "hub/websocket/handshake.hpp"

namespace runcast {
namespace {

UpgradeRequest good() {
  return {.method = "GET",
          .http_version = 11,
          .upgrade = "websocket",
          .connection = "Upgrade",
          .key = "dGhlIHNhbXBsZSBub25jZQ==",
          .version = "13",
          .protocols = ""};
}

// The status that the good request gets once `field` is `value`.
template <class Value>
unsigned status_with(Value UpgradeRequest::* field, Value value) {
  UpgradeRequest request = good();
  request.*field = value;
  return check_upgrade(request).status;
}

unsigned status_with(std::string_view UpgradeRequest::* field, char const* value) {
  return status_with<std::string_view>(field, value);
}

}  // namespace

TEST_CASE("RFC 6455 1.3: the specification's key gets the specification's answer") {
  UpgradeAnswer const answer = check_upgrade(good());
  CHECK(answer.status == 101);
  CHECK(answer.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(answer.fault.empty());
  CHECK(websocket_accept("x3JJHMbDL1EzLkh9GBhXDw==") == "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
}

TEST_CASE("RFC 6455 4.2.1: only GET over HTTP/1.1 opens a WebSocket") {
  CHECK(status_with(&UpgradeRequest::method, "POST") == 400);
  CHECK(status_with(&UpgradeRequest::method, "HEAD") == 400);
  CHECK(status_with(&UpgradeRequest::method, "get") == 400);
  CHECK(status_with(&UpgradeRequest::http_version, 10u) == 400);
  CHECK(status_with(&UpgradeRequest::http_version, 9u) == 400);
}

TEST_CASE("RFC 6455 4.2.1: Upgrade names websocket, in any case and among others") {
  for (auto value :
       {"websocket", "WebSocket", "WEBSOCKET", "h2c, websocket", "websocket,h2c", " websocket ", "\twebsocket"}) {
    CHECK(status_with(&UpgradeRequest::upgrade, value) == 101);
  }
  for (auto value : {"", "h2c", "websockets", "web socket", "websocket/13x", "xwebsocket", ","}) {
    CHECK(status_with(&UpgradeRequest::upgrade, value) == 426);
  }
}

TEST_CASE("RFC 6455 4.2.1: Connection names upgrade, in any case and among others") {
  for (auto value :
       {"Upgrade", "upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade , keep-alive", "a,b,upgrade,c", ",upgrade,"}) {
    CHECK(status_with(&UpgradeRequest::connection, value) == 101);
  }
  for (auto value : {"", "keep-alive", "upgraded", "up grade", "close", "keep-alive,"}) {
    CHECK(status_with(&UpgradeRequest::connection, value) == 400);
  }
}

TEST_CASE("RFC 6455 4.2.1: the key is sixteen bytes in base64") {
  for (auto value : {"AAAAAAAAAAAAAAAAAAAAAA==", "/+/+/+/+/+/+/+/+/+/+/w==", " dGhlIHNhbXBsZSBub25jZQ== "}) {
    CHECK(status_with(&UpgradeRequest::key, value) == 101);
  }
  for (auto value : {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===",
                     "dGhlIHNhbXBsZSBub25jZ===", "dGhl IHNhbXBsZSBub25jZ==", "dGhlIHNhbXBsZSBub25jZQ--",
                     "c2hvcnQ=", "dGhlIHNhbXBsZSBub25jZTEyMzQ1Ng==",
                     "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j_Q=="}) {
    CHECK(status_with(&UpgradeRequest::key, value) == 400);
  }
}

TEST_CASE("RFC 6455 4.2.2: any version but 13 is answered with 426") {
  CHECK(status_with(&UpgradeRequest::version, " 13 ") == 101);
  for (auto value : {"", "8", "7", "12", "14", "013", "13, 8", "thirteen", "1 3"}) {
    CHECK(status_with(&UpgradeRequest::version, value) == 426);
  }
}

TEST_CASE("a request without websocket among its upgrades does not want one") {
  UpgradeRequest request = good();
  CHECK(wants_websocket(request));
  request.upgrade = "h2c";
  CHECK_FALSE(wants_websocket(request));
  CHECK_FALSE(wants_websocket({}));
}

TEST_CASE("RFC 6455 4.2.2: the answer is complete, and names the chosen protocol if there is one") {
  CHECK(upgrade_response("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") ==
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  CHECK(upgrade_response("x", "runcast.v2").ends_with("\r\nSec-WebSocket-Protocol: runcast.v2\r\n\r\n"));
}

TEST_CASE("RFC 6455 4.2.2: only a protocol that the client offers may be chosen") {
  CHECK(offers_protocol("chat, runcast.v2", "runcast.v2"));
  CHECK(offers_protocol("runcast.v2", "runcast.v2"));
  CHECK_FALSE(offers_protocol("runcast.v20", "runcast.v2"));
  CHECK_FALSE(offers_protocol("Runcast.v2", "runcast.v2"));
  CHECK_FALSE(offers_protocol("", "runcast.v2"));
}

}  // namespace runcast
