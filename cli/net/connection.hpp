#pragma once

#include <memory>

#include "base/asio.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/net/client_stream.hpp"
#include "cli/net/server_url.hpp"

namespace runcast::cli {

// Resolves the server's name (as long as the system's resolver takes) and connects to the first of its addresses that
// answers, within `timeout`; for https:// it also sees to it that the certificate is the server's. Errc::closed: nobody
// listens there; timed_out; io: the name is unknown, the network or TLS refuses. The only place that knows how a server
// is reached.
Awaitable<Result<std::unique_ptr<ClientStream>>> connect(ServerUrl const& server, Millis timeout);

// What a person is told when the server is not there.
std::string describe_network_error(ServerUrl const& server, sys::error_code error);

// Which of the project's kinds such an error is: Errc::closed, timed_out, or io.
Errc network_errc(sys::error_code error);

}  // namespace runcast::cli
