#pragma once

#include <string>

#include <boost/system/result.hpp>

#include "handler/body.hpp"
#include "handler/http.hpp"

// How a connection stops being HTTP's requests and answers.
namespace runcast {

// Whether the request asks for a WebSocket, well or badly.
bool wants_websocket(Request const& request);

// The head of the answer that makes it one, with `extension` (Sec-WebSocket-Extensions; empty: none); or the answer
// that refuses it.
boost::system::result<std::string, Answer> accept_upgrade(Request const& request, std::string_view extension = {});

// The head of an answer with a body without end.
std::string body_head(Form form);

// What somebody gets who asks for the head of such an answer alone.
StreamedAnswer head_of_body(Form form);

}  // namespace runcast
