#include "hub/message.hpp"

#include <fmt/format.h>

#include "hub/websocket/writer.hpp"

namespace runcast {
namespace {

std::string chunk(std::string_view text) { return fmt::format("{:x}\r\n{}\r\n", text.size(), text); }

}  // namespace

std::string frame_message(Form form, std::string_view json, std::string_view event, std::string_view sse_id) {
  if (is_websocket(form)) return encode_text(json);
  if (form == Form::ndjson) return chunk(fmt::format("{}\n", json));
  std::string text;
  if (!event.empty()) text += fmt::format("event: {}\n", event);
  if (!sse_id.empty()) text += fmt::format("id: {}\n", sse_id);
  return chunk(text += fmt::format("data: {}\n\n", json));
}

std::string frame_heartbeat(Form form) {
  if (is_websocket(form)) return encode_ping();
  return chunk(form == Form::sse ? ":\n\n" : "\n");
}

std::string frame_comment(std::string_view sse_id) { return chunk(fmt::format(":\nid: {}\n\n", sse_id)); }

}  // namespace runcast
