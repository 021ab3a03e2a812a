#include <cstdlib>

#include <boost/json/parse.hpp>

#include "base/utf8.hpp"
#include "feed/subscription.hpp"
#include "handler/sockets/client_message.hpp"
#include "handler/sockets/monitor_message.hpp"
#include "handler/worker_request.hpp"

// Whatever a peer sends, it is a request or faults, and the faults make a message that is JSON.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const check = [](auto const& result, boost::json::value const& request_id) {
    if (result.has_value()) return;
    if (result.error().empty()) std::abort();
    boost::json::parse(error_message("refused", result.error(), request_id));
  };
  auto const message = parse_socket_message(text);
  check(message, {});
  if (message) {
    check(parse_monitor_request(*message), message->request_id);
    check(parse_client_request(*message), message->request_id);
    constexpr auto pass_over = Others::pass_over;
    check(read_intro(message->members, "w", pass_over), message->request_id);
    check(read_claim(message->members, "w", pass_over), message->request_id);
    check(read_progress(message->members, pass_over), message->request_id);
    check(read_log(message->members, pass_over), message->request_id);
    check(read_completion(message->members, pass_over), message->request_id);
    check(read_failure(message->members, pass_over), message->request_id);
  }
  if (is_utf8(text)) check(parse_topics(text), {});
  if (auto const position = FeedPosition::parse(text); position && position->id > INT64_MAX) std::abort();
  return 0;
}
