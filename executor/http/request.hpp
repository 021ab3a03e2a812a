#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.hpp"
#include "model/expression.hpp"
#include "model/workflow.hpp"

namespace runcast {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct HttpResponse {
  int status = 0;
  std::string url;                                           // after redirects
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
};

// The request of an `http` step, its templates filled in. A body that is no text is sent as JSON. invalid: a value that
// cannot stand in a header.
Result<HttpRequest> prepare(HttpAction const& action, ExpressionContext const& context);

// The request that follows a redirect: RFC 9110 15.4 for method and body, and what proves an identity stays with the
// host that it was meant for. invalid: `location` is no address of http or https.
Result<HttpRequest> redirected(HttpRequest request, std::string const& url, std::string const& location, int status);

// Whether the answer is one that the step expects.
bool is_expected(HttpAction const& action, int status);

// What later steps see of an answer: `status`, `headers`, and `body`, parsed where it says that it is JSON.
boost::json::object outputs_of(HttpResponse const& response);

}  // namespace runcast
