#pragma once

#include <string>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "cli/net/api_client.hpp"

namespace runcast::cli {

// A call as it goes over the wire.
boost::beast::http::request<boost::beast::http::string_body> make_request(ApiCall const& call, ServerUrl const& server,
                                                                          std::string const& token, bool keep_alive);

}  // namespace runcast::cli
