#include "hub/websocket/deflate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <new>
#include <utility>

#include <zlib.h>

#include "hub/websocket/fields.hpp"
#include "model/segment.hpp"

namespace runcast {
namespace {

constexpr std::string_view tail("\x00\x00\xFF\xFF", 4);  // of a flush; left out on the wire (RFC 7692, 7.2.1)
constexpr std::size_t not_worth_it = 32;                 // bytes; shorter messages do not shrink
constexpr std::uint8_t compressed_text = 0xC1;           // FIN, RSV1
constexpr std::uint8_t plain_text = 0x81;
constexpr int level = 1;
constexpr int memory_level = 5;  // clearing a larger hash would cost more than a log line takes to compress

void give(z_stream& stream, std::string_view text) {
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<Bytef const*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
}

void give_room(z_stream& stream, char* out, std::size_t size) {
  stream.next_out = reinterpret_cast<Bytef*>(out);
  stream.avail_out = static_cast<uInt>(size);
}

// What one offer asks of the server.
struct Offer {
  bool valid = true;
  bool server_bits = false;  // a bound on the server's window was given, and it is not below ours
  bool seen_server_takeover = false;
  bool seen_client_takeover = false;
  bool seen_client_bits = false;
};

// 8 to 15, without a leading zero (RFC 7692, 7.1.2).
std::optional<int> window_bits(std::string_view text) {
  int bits = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
  bool const whole = error == std::errc{} && end == text.data() + text.size() && !text.starts_with('0');
  return whole && bits >= 8 && bits <= 15 ? std::optional{bits} : std::nullopt;
}

std::string_view unquoted(std::string_view value) {
  bool const quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

// An unknown, repeated or malformed parameter declines the offer (RFC 7692, 7.1).
void take_parameter(Offer& offer, std::string_view parameter) {
  auto const equals = parameter.find('=');
  bool const has_value = equals != parameter.npos;
  auto const name = trimmed(parameter.substr(0, equals));
  auto const value = has_value ? unquoted(trimmed(parameter.substr(equals + 1))) : std::string_view();
  auto const first = [&offer](bool& seen) { offer.valid = offer.valid && !std::exchange(seen, true); };
  if (name == "server_no_context_takeover" && !has_value) return first(offer.seen_server_takeover);
  if (name == "client_no_context_takeover" && !has_value) return first(offer.seen_client_takeover);
  if (name == "client_max_window_bits") {  // a hint that needs no answer: we read any window
    first(offer.seen_client_bits);
    if (has_value && !window_bits(value)) offer.valid = false;
    return;
  }
  if (name != "server_max_window_bits" || !has_value) {
    offer.valid = false;
    return;
  }
  first(offer.server_bits);
  auto const bits = window_bits(value);
  if (!bits || *bits < deflate_window_bits) offer.valid = false;
}

}  // namespace

std::optional<std::string> accept_deflate(std::string_view extensions) {
  std::optional<std::string> answer;
  each_element(extensions, ',', [&](std::string_view element) {
    if (answer) return;
    Offer offer;
    bool named = false;
    each_element(element, ';', [&](std::string_view part) {
      if (std::exchange(named, true)) return take_parameter(offer, part);
      offer.valid = equal_ignoring_case(part, "permessage-deflate");
    });
    if (!offer.valid) return;
    answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    if (offer.server_bits) *answer += "; server_max_window_bits=" + std::to_string(deflate_window_bits);
  });
  return answer;
}

struct Deflater::Stream : z_stream {};

Deflater::Deflater() : stream_(std::make_unique<Stream>()) {
  if (deflateInit2(stream_.get(), level, Z_DEFLATED, -deflate_window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

Deflater::~Deflater() { deflateEnd(stream_.get()); }

std::string_view Deflater::frame(std::string_view text) {
  constexpr std::size_t longest_header = 10;
  frame_.resize(std::max(frame_.size(), longest_header + text.size()));
  std::array<char, longest_header> header;
  // Behind room for the header, which can only be written when the length is known.
  auto const size = compress(text, frame_.data() + longest_header);
  if (!size) text.copy(frame_.data() + longest_header, text.size());
  std::size_t const payload = size.value_or(text.size());
  std::size_t const header_size = write_frame_header(header.data(), size ? compressed_text : plain_text, payload);
  char* const begin = frame_.data() + longest_header - header_size;
  std::copy_n(header.data(), header_size, begin);
  return {begin, header_size + payload};
}

Deflater& thread_deflater() {
  thread_local Deflater deflater;
  return deflater;
}

// At most as long as `text`, or nothing.
std::optional<std::size_t> Deflater::compress(std::string_view text, char* out) {
  if (text.size() < not_worth_it) return std::nullopt;
  deflateReset(stream_.get());
  give(*stream_, text);
  give_room(*stream_, out, text.size());
  int const result = deflate(stream_.get(), Z_SYNC_FLUSH);
  std::size_t const size = text.size() - stream_->avail_out;
  // A full output may lack a part of the flush.
  if (result != Z_OK || stream_->avail_in > 0 || stream_->avail_out == 0 || size <= tail.size()) return std::nullopt;
  return size - tail.size();
}

std::optional<std::string> inflate_message(std::string payload, std::size_t max_size, bool& too_big) {
  too_big = false;
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) throw std::bad_alloc();
  std::unique_ptr<z_stream, int (*)(z_stream*)> const guard(&stream, inflateEnd);
  payload += tail;
  give(stream, payload);
  std::string text;
  std::array<char, 4096> piece;
  for (int result = Z_OK; result == Z_OK;) {
    give_room(stream, piece.data(), piece.size());
    result = inflate(&stream, Z_SYNC_FLUSH);
    // Z_BUF_ERROR: nothing left to do. A final block may end the data early (RFC 7692, 7.2.3.4).
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return std::nullopt;
    text.append(piece.data(), piece.size() - stream.avail_out);
    too_big = text.size() > max_size;
    if (too_big) return std::nullopt;
    if (stream.avail_in == 0 && stream.avail_out > 0) break;
  }
  return text;
}

}  // namespace runcast
