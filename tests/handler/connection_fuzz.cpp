// Any bytes, in any pieces, on a connection that speaks HTTP: each request comes to an answer, whatever its head, its
// target, its headers and its body are, and no handler is asked what it cannot answer.
#include <cstdlib>

#include "handler/params.hpp"
#include "handler/sign_in.hpp"
#include "handler/signature.hpp"
#include "handler/sockets/event_query.hpp"
#include "handler/stream.hpp"
#include "handler/upgrade.hpp"
#include "hub/websocket/deflate.hpp"
#include "store/sha256.hpp"
#include "tests/handler/http_world.hpp"

namespace runcast::testing {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// What handlers read of a request.
Awaitable<Reply> look(Request& request) {
  (void)number_param(request, "after");
  (void)limit_param(request);
  (void)time_param(request, "since");
  (void)level_param(request);
  (void)run_status_param(request);
  if (auto const filter = monitor_filter_of(request); !filter) require(!filter.error().empty());
  (void)position_of(request);
  if (auto const jobs = jobs_of(request)) require(!jobs->empty());
  (void)parse_stream_start(request);
  (void)parse_stream_filter(request);
  if (wants_websocket(request)) {
    auto const extension = accept_deflate(request.header("Sec-WebSocket-Extensions"));
    (void)accept_upgrade(request, extension.value_or(""));
  }
  require(!is_signed_with("secret", request.body, request.header("X-Hub-Signature-256")));
  auto const cookies = request.header("Cookie");
  require(cookies.find(cookie_value(cookies, Access::cookie)) != std::string::npos);
  co_return Answer{200, "text/plain", request.body};
}

struct FuzzWorld : HttpWorld {
  explicit FuzzWorld(bool guarded) {
    router.add("GET", "/look", look);
    router.add("POST", "/look", look);
    add_sign_in(router, access);
    if (!guarded) return;
    TokenRow row;
    row.id = row.name = "t";
    row.hash = sha256_hex("t");
    row.scopes = Scopes::all();
    access.take({row}, Timestamp{});
  }
};

}  // namespace
}  // namespace runcast::testing

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast::testing;
  static FuzzWorld open(false);
  static FuzzWorld guarded(true);
  if (size == 0) return 0;
  auto& world = data[0] % 2 ? open : guarded;
  std::size_t const piece = data[0] < 128 ? SIZE_MAX : 1 + data[0] % 64;
  auto const client = world.serve({reinterpret_cast<char const*>(data + 1), size - 1}, piece);
  require(client.got.empty() || client.got.starts_with("HTTP/1."));
  require(world.faults.empty());
  require(!*world.server.importing);
  return 0;
}
