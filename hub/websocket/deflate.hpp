#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace runcast {

// permessage-deflate (RFC 7692) as this server speaks it: no context takeover in either direction, so a message's
// compressed bytes are the same for every client and no connection keeps a window.

// The most that the server looks back while it compresses, as a power of two: few clients ask for less.
inline constexpr int deflate_window_bits = 12;

// The answer to the client's Sec-WebSocket-Extensions (several fields joined by ", "): the value of the field in the
// response, or nothing where none of the offers can be met and the connection goes without.
std::optional<std::string> accept_deflate(std::string_view extensions);

// Compresses messages, each for itself. A compressor takes some 40 KB, so one serves all who are on a thread.
class Deflater {
 public:
  Deflater();
  ~Deflater();
  Deflater(Deflater const&) = delete;
  Deflater& operator=(Deflater const&) = delete;

  // A whole unmasked text frame. Where compressing does not make the message smaller, it goes as it is (RFC 7692, 6).
  // Valid until the next call.
  std::string_view frame(std::string_view text);

 private:
  std::optional<std::size_t> compress(std::string_view text, char* out);

  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::string frame_;
};

// This thread's own, made when it is first asked for: between two messages it has no state.
Deflater& thread_deflater();

// The payload of a compressed message. Nothing: `too_big` says whether it would be longer than `max_size`, or else is
// no DEFLATE data. Never takes more memory than `max_size` and a window.
std::optional<std::string> inflate_message(std::string payload, std::size_t max_size, bool& too_big);

}  // namespace runcast
