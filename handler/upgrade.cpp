#include "handler/upgrade.hpp"

#include <array>

#include <fmt/format.h>

#include "handler/problem.hpp"
#include "hub/websocket/handshake.hpp"

namespace runcast {
namespace {

using Fields = std::array<std::string, 5>;

UpgradeRequest upgrade_of(Request const& request, Fields& fields) {
  fields = {request.header("Upgrade"), request.header("Connection"), request.header("Sec-WebSocket-Key"),
            request.header("Sec-WebSocket-Version"), request.header("Sec-WebSocket-Protocol")};
  return {request.method, request.version, fields[0], fields[1], fields[2], fields[3], fields[4]};
}

std::string content_type_of(Form form) { return form == Form::sse ? "text/event-stream" : "application/x-ndjson"; }

}  // namespace

bool wants_websocket(Request const& request) {
  Fields fields;
  return wants_websocket(upgrade_of(request, fields));
}

boost::system::result<std::string, Answer> accept_upgrade(Request const& request, std::string_view extension) {
  Fields fields;
  auto const upgrade = check_upgrade(upgrade_of(request, fields));
  if (upgrade.status == 101) return upgrade_response(upgrade.accept, {}, extension);
  auto answer = problem(upgrade.status, upgrade.fault);
  if (upgrade.status == 426) answer.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
  return answer;
}

std::string body_head(Form form) {
  return fmt::format(
      "HTTP/1.1 200 OK\r\nServer: runcast\r\nDate: {}\r\nContent-Type: {}\r\nCache-Control: no-store\r\n"
      "X-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
      http_date(wall_clock_now()), content_type_of(form));
}

StreamedAnswer head_of_body(Form form) {
  return {content_type_of(form), {}, {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}}};
}

}  // namespace runcast
