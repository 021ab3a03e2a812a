#include "handler/http_text.hpp"

#include <catch2/catch.hpp>

namespace runcast {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

Answer hello() { return {200, "text/plain", "hello", {{"X-Extra", "1"}}}; }

}  // namespace

TEST_CASE("an answer is a head, its size and its body") {
  CHECK(answer_text(hello(), {.keep_alive = true}) ==
        "HTTP/1.1 200 OK\r\nServer: runcast\r\nX-Content-Type-Options: nosniff\r\nContent-Type: text/plain\r\n"
        "X-Extra: 1\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_CASE("an answer has the date that it is told") {
  CHECK_THAT(answer_text(hello(), {.now = from_epoch_ms(784'111'777'000)}),
             Contains("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  CHECK_THAT(answer_text(hello(), {}), !Contains("Date:"));
}

TEST_CASE("an answer says whether the connection goes on, where that is not its version's habit") {
  CHECK_THAT(answer_text(hello(), {.version = 11, .keep_alive = true}), !Contains("Connection:"));
  CHECK_THAT(answer_text(hello(), {.version = 11, .keep_alive = false}), Contains("\r\nConnection: close\r\n"));
  CHECK_THAT(answer_text(hello(), {.version = 10, .keep_alive = true}), Contains("\r\nConnection: keep-alive\r\n"));
  CHECK_THAT(answer_text(hello(), {.version = 10, .keep_alive = false}),
             StartsWith("HTTP/1.0 200 ") && Contains("\r\nConnection: close\r\n"));
}

TEST_CASE("an answer to HEAD tells the size of the body that it does not have") {
  auto const text = answer_text(hello(), {.head_only = true, .keep_alive = true});
  CHECK_THAT(text, Contains("\r\nContent-Length: 5\r\n") && EndsWith("\r\n\r\n"));
}

TEST_CASE("an answer that never has a body tells no size") {
  for (unsigned status : {204U, 304U}) {
    auto const text = answer_text({status, "", ""}, {.keep_alive = true});
    CHECK_THAT(text, !Contains("Content-Length") && !Contains("\r\nContent-Type:") && EndsWith("\r\n\r\n"));
  }
  CHECK_THAT(answer_text({303, "", ""}, {.keep_alive = true}), Contains("\r\nContent-Length: 0\r\n"));
}

TEST_CASE("a body without a known size comes in chunks, and up to the connection's end for HTTP/1.0") {
  StreamedAnswer const answer{"text/plain", nullptr, {{"X-Extra", "1"}}};
  CHECK_THAT(streamed_head(answer, {.version = 11, .keep_alive = true}),
             Contains("\r\nTransfer-Encoding: chunked\r\n") && Contains("\r\nX-Extra: 1\r\n") && EndsWith("\r\n\r\n"));
  CHECK_THAT(streamed_head(answer, {.version = 10}),
             !Contains("Transfer-Encoding") && Contains("\r\nConnection: close\r\n"));
  CHECK(chunk("hello") == "5\r\nhello\r\n");
  CHECK(chunk(std::string(255, 'x')) == "ff\r\n" + std::string(255, 'x') + "\r\n");
}

TEST_CASE("each header is a line") {
  CHECK(header_lines({{"A", "1"}, {"B", ""}}) == "A: 1\r\nB: \r\n");
  CHECK(header_lines({}).empty());
}

}  // namespace runcast
