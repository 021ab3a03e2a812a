// Any bytes, in any pieces: no fault of memory, never more memory than promised, and the pieces do not matter.
#include <cstdlib>
#include <utility>
#include <vector>

#include "hub/websocket/reader.hpp"

namespace runcast {
namespace {

constexpr WebsocketLimits limits{.max_message = 1000, .max_empty_fragments = 3};
constexpr std::size_t max_control = 125;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(WebsocketEvent const& event) {
  using enum WebsocketEvent::Kind;
  if (event.kind == text) require(is_utf8(event.data));
  if (event.kind == text || event.kind == binary) require(event.data.size() <= limits.max_message);
  if (event.kind == ping || event.kind == pong) require(event.data.size() <= max_control);
  if (event.kind == close) require((may_be_sent(event.code) || event.code == close_code::none) && is_utf8(event.data));
  if (event.kind == error) require(may_be_sent(event.code));
}

using Told = std::vector<std::pair<WebsocketEvent::Kind, std::string>>;

void read(WebsocketReader& reader, std::string_view piece, Told& told) {
  while (true) {
    WebsocketEvent event = reader.read(piece);
    check(event);
    if (event.kind == WebsocketEvent::Kind::none) break;
    bool const last = event.kind == WebsocketEvent::Kind::close || event.kind == WebsocketEvent::Kind::error;
    require(reader.ended() == last);
    told.emplace_back(event.kind, std::move(event.data));
  }
  require(piece.empty());
}

}  // namespace
}  // namespace runcast

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  if (size == 0) return 0;
  std::size_t const step = 1 + data[0] % 17;
  std::string_view const sent(reinterpret_cast<char const*>(data) + 1, size - 1);

  Told at_once;
  WebsocketReader whole(limits);
  read(whole, sent, at_once);

  Told in_pieces;
  WebsocketReader cut(limits);
  for (std::size_t at = 0; at < sent.size(); at += step) read(cut, sent.substr(at, step), in_pieces);

  require(at_once == in_pieces);
  return 0;
}
