#include "handler/request_reader.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>

#include "handler/problem.hpp"

namespace runcast {
namespace {

// Browsers and others leave in an address what RFC 3986 asks them to encode, so that the path of a job of a matrix
// step comes as `/api/jobs/RUN.shards[0]`. It stands for nothing else.
std::string with_all_encoded(std::string_view target) {
  constexpr std::string_view left = "[]{}|^`\"<>\\";
  std::string encoded;
  encoded.reserve(target.size());
  for (char const c : target) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || left.find(c) != left.npos) {
      encoded += fmt::format("%{:02X}", byte);
    } else {
      encoded += c;
    }
  }
  return encoded;
}

}  // namespace

namespace beast = boost::beast;
namespace http = beast::http;
using Clock = HttpStream::Clock;

RequestReader::RequestReader(HttpStream& stream, HttpLimits const& limits) : stream_(stream), limits_(limits) {
  parser_.header_limit(limits.header_bytes);
  parser_.body_limit(boost::none);  // it is known once the head is
}

Awaitable<sys::error_code> RequestReader::read_head() {
  // Between requests a client may take its time, within one it may not.
  auto const idle_until = Clock::now() + limits_.idle_time;
  while (is_between_requests()) {
    if (co_await stream_.receive(idle_until)) co_return http::error::end_of_stream;
  }
  until_ = Clock::now() + limits_.request_time;
  while (true) {
    if (auto const error = parse()) co_return error;
    if (parser_.is_header_done()) co_return check_head();
    if (auto const error = co_await receive()) co_return error;
  }
}

// Whether nothing of the request has come. Line ends before it are no part of it (RFC 9112, 2.2): some clients send one
// after a body.
bool RequestReader::is_between_requests() {
  auto& input = stream_.input();
  input.erase(0, input.find_first_not_of("\r\n"));
  return input.empty();
}

// RFC 9112, 6.3: where a body's end is not known, what follows may be taken for a request that nobody has made.
sys::error_code RequestReader::check_head() const {
  bool const coded = parser_.get().count(http::field::transfer_encoding) > 0;
  if (coded && !parser_.chunked()) return http::error::bad_transfer_encoding;
  return {};
}

Request RequestReader::request(Peer const& peer) const {
  auto const& message = parser_.get();
  Request request;
  request.method = std::string(message.method_string());
  request.version = message.version();
  request.peer = peer;
  for (auto const& field : message) request.headers.emplace_back(field.name_string(), field.value());
  return request;
}

std::string_view RequestReader::target() const { return parser_.get().target(); }

std::optional<std::uint64_t> RequestReader::body_size() const {
  if (parser_.is_done()) return 0;
  auto const length = parser_.content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

Awaitable<sys::error_code> RequestReader::read_body(std::uint64_t limit) {
  if (parser_.is_done()) co_return sys::error_code();
  if (auto const size = body_size(); size && *size > limit) co_return http::error::body_limit;
  parser_.body_limit(limit);
  parser_.eager(true);
  if (auto const error = parse()) co_return error;
  if (!parser_.is_done() && waits_for_permission() &&
      !co_await stream_.send("HTTP/1.1 100 Continue\r\n\r\n", Clock::now() + limits_.write_time)) {
    co_return http::error::partial_message;
  }
  while (!parser_.is_done()) {
    if (auto const error = co_await receive()) co_return error;
    if (auto const error = parse()) co_return error;
  }
  co_return sys::error_code();
}

bool RequestReader::is_skippable() const {
  auto const size = body_size();
  return size && *size <= limits_.skipped_bytes && (*size == 0 || !waits_for_permission());
}

Awaitable<sys::error_code> RequestReader::skip_body() { return read_body(limits_.skipped_bytes); }

// Takes of the input what the head or the body needs.
sys::error_code RequestReader::parse() {
  auto& input = stream_.input();
  bool const in_head = !parser_.is_header_done();
  while (!input.empty() && !parser_.is_done()) {
    sys::error_code error;
    auto const used = parser_.put(asio::buffer(input), error);
    input.erase(0, used);
    if (error && error != http::error::need_more) return error;
    if (used == 0 || in_head) break;
  }
  return {};
}

Awaitable<sys::error_code> RequestReader::receive() {
  auto const error = co_await stream_.receive(until_);
  if (error && error != beast::error::timeout) co_return http::error::partial_message;
  co_return error;
}

bool RequestReader::waits_for_permission() const {
  return beast::iequals(parser_.get()[http::field::expect], "100-continue");
}

std::string take_authority(std::string_view target, Request& request) {
  auto const scheme = target.substr(0, target.find("://"));
  if (!beast::iequals(scheme, "http") && !beast::iequals(scheme, "https")) return std::string(target);
  auto rest = target.substr(scheme.size() + 3);
  auto const authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  auto const host =
      std::ranges::find_if(request.headers, [](auto const& field) { return beast::iequals(field.first, "Host"); });
  if (host != request.headers.end()) {
    host->second = authority;
  } else if (request.version < 11) {
    request.headers.emplace_back("Host", authority);
  }
  return fmt::format("{}{}", rest.starts_with('/') ? "" : "/", rest);
}

bool decode_target(std::string_view target, Request& request) {
  if (target == "*" && request.method == "OPTIONS") {
    request.path = target;
    return true;
  }
  auto const encoded = with_all_encoded(target);
  auto const url = boost::urls::parse_origin_form(encoded);
  if (!url) return false;
  request.path = url->path();
  for (auto const& param : url->params()) request.query.emplace(param.key, param.value);
  return request.path.starts_with('/') && request.path.find('\0') == std::string::npos;
}

std::optional<Answer> refusal_of(sys::error_code error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error == http::error::header_limit) return problem(431, "the request's head is too large");
  if (error == http::error::body_limit) return problem(413, "the request's body is too large");
  if (error == beast::error::timeout) return problem(408, "the request did not arrive in time");
  if (error == http::error::bad_version) return problem(400, "this server speaks HTTP/1.1");
  if (error == http::error::bad_transfer_encoding) return problem(400, "the transfer coding is not known");
  if (error.category() == http::make_error_code(http::error::bad_line_ending).category()) {
    return problem(400, "the request is malformed: " + error.message());
  }
  return std::nullopt;
}

}  // namespace runcast
