// Any bytes as an offer, as compressed data and as a text: no fault of memory, no more than was allowed, and what was
// compressed reads back.
#include <cstdlib>

#include "hub/websocket/deflate.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  static Deflater deflater;
  constexpr std::size_t limit = 4096;
  std::string_view const input(reinterpret_cast<char const*>(data), size);

  accept_deflate(input);

  bool too_big = false;
  auto const inflated = inflate_message(std::string(input), limit, too_big);
  if (inflated && (inflated->size() > limit || too_big)) std::abort();

  std::string const frame(deflater.frame(input));
  auto const length = static_cast<std::uint8_t>(frame[1]);
  std::string payload = frame.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
  if (payload.size() > input.size()) std::abort();
  auto const read = frame[0] & 0x40 ? inflate_message(std::move(payload), input.size(), too_big) : payload;
  if (read != input) std::abort();
  return 0;
}
