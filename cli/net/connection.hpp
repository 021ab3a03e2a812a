#pragma once

#include <memory>

#include <boost/beast/core/tcp_stream.hpp>

#include "base/asio.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/net/server_url.hpp"

namespace runcast::cli {

namespace beast = boost::beast;

// Resolves the server's name (as long as the system's resolver takes) and connects to the first of its addresses that
// answers, within `timeout`. Errc::closed: nobody listens there; timed_out; io: the name is unknown, the network
// refuses. The only place that knows how a server is reached: TLS would be decided here.
Awaitable<Result<std::unique_ptr<beast::tcp_stream>>> connect(ServerUrl const& server, Millis timeout);

// What a person is told when the server is not there.
std::string describe_network_error(ServerUrl const& server, sys::error_code error);

// Which of the project's kinds such an error is: Errc::closed, timed_out, or io.
Errc network_errc(sys::error_code error);

}  // namespace runcast::cli
