#include "executor/http/client.hpp"

#include <future>

#include <fmt/format.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/version.hpp>
#include <boost/url/parse.hpp>

namespace runcast {

namespace beast = boost::beast;
namespace http = beast::http;
namespace urls = boost::urls;
using asio::ip::tcp;
using BeastRequest = http::request<http::string_body>;

namespace {

constexpr std::size_t max_header_bytes = 64 * 1024;

struct Target {
  bool tls = false;
  std::string host;  // without brackets, as it is looked up
  std::string port;
  std::string authority;  // for the Host header
  std::string path;       // with its query
};

Result<Target> target_of(std::string const& text) {
  auto const url = urls::parse_uri(text);
  if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->encoded_host().empty()) {
    return fail(Errc::invalid, fmt::format("'{}' is no address of http", text));
  }
  if (url->has_userinfo()) return fail(Errc::invalid, "a password belongs into a header, not into the URL");
  Target target;
  target.tls = url->scheme() == "https";
  target.host = url->host_address();
  target.port = url->has_port() && !url->port().empty() ? std::string(url->port()) : target.tls ? "443" : "80";
  target.authority = url->encoded_host_and_port();
  target.path = url->encoded_resource().empty() ? "/" : std::string(url->encoded_target());
  if (!target.path.starts_with('/')) target.path.insert(0, "/");
  return target;
}

BeastRequest message_of(HttpRequest const& request, Target const& target) {
  BeastRequest message;
  message.version(11);
  message.method_string(request.method);
  message.target(target.path);
  message.set(http::field::host, target.authority);
  message.set(http::field::user_agent, "runcast/" RUNCAST_VERSION);
  message.set(http::field::accept, "*/*");
  for (auto const& [name, value] : request.headers) message.set(name, value);
  message.set(http::field::connection, "close");
  message.body() = request.body;
  if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
    message.content_length(request.body.size());
  }
  return message;
}

// Not of a cancellation: that goes on through whoever awaits this.
Error failure(std::string_view doing, Target const& target, sys::error_code error) {
  if (error == asio::error::operation_aborted) throw_cancelled();
  return fail(Errc::io, fmt::format("{} {}: {}", doing, target.authority, error.message()));
}

template <class Stream>
Awaitable<Result<HttpResponse>> exchange(Stream& stream, BeastRequest const& message, Target const& target,
                                         std::size_t max_body) {
  auto const [write_error, written] = co_await http::async_write(stream, message, as_tuple);
  if (write_error) co_return failure("cannot write to", target, write_error);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_body);
  parser.header_limit(max_header_bytes);
  parser.skip(message.method() == http::verb::head);
  auto const [read_error, read] = co_await http::async_read(stream, buffer, parser, as_tuple);
  if (read_error == http::error::body_limit) {
    co_return fail(Errc::too_large, fmt::format("the answer has more than {} bytes", max_body));
  }
  if (read_error) co_return failure("cannot read from", target, read_error);
  auto answer = parser.release();
  HttpResponse response;
  response.status = static_cast<int>(answer.result_int());
  for (auto const& field : answer) {
    std::string name(field.name_string());
    for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    response.headers.emplace_back(std::move(name), field.value());
  }
  response.body = std::move(answer.body());
  co_return response;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string const* header(HttpResponse const& response, std::string_view name) {
  for (auto const& [key, value] : response.headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace

namespace {

// Server name indication (RFC 6066 3), which addresses have no part in.
void name_host(asio::ssl::stream<tcp::socket>& stream, std::string host) {
  sys::error_code is_name;
  asio::ip::make_address(host, is_name);
  if (is_name) SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
}

using TlsContext = Result<std::shared_ptr<asio::ssl::context>>;

TlsContext tls_context() {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  sys::error_code error;
  context->set_default_verify_paths(error);
  if (error) return fail(Errc::io, fmt::format("the system's certificate authorities: {}", error.message()));
  context->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  context->set_verify_mode(asio::ssl::verify_peer);
  return context;
}

}  // namespace

struct HttpClient::Impl {
  Impl(AddressRules denied, std::size_t body) : rules(std::move(denied)), max_body(body) {}

  Awaitable<Result<HttpResponse>> perform_once(HttpRequest const& request);
  Awaitable<Result<std::vector<tcp::endpoint>>> look_up(Target const& target);

  AddressRules rules;
  std::size_t max_body;
  // Reading the authorities is a large part of the server's start, and would hold up all runs later.
  std::shared_future<TlsContext> tls = std::async(std::launch::async, tls_context).share();
};

Result<std::unique_ptr<HttpClient>> HttpClient::make(HttpClientOptions const& options) {
  auto rules = AddressRules::parse(options.denied_addresses);
  if (!rules) return rules.error();
  return std::unique_ptr<HttpClient>(new HttpClient(std::make_unique<Impl>(std::move(*rules), options.max_body)));
}

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

Awaitable<Result<HttpResponse>> HttpClient::perform(HttpRequest request, int max_redirects) {
  for (int left = max_redirects;; --left) {
    auto response = co_await impl_->perform_once(request);
    if (!response) co_return response;
    response->url = request.url;
    auto const* location = header(*response, "location");
    if (left <= 0 || !is_redirect(response->status) || !location) co_return response;
    auto const url = request.url;
    auto next = redirected(std::move(request), url, *location, response->status);
    if (!next) co_return next.error();
    request = std::move(*next);
  }
}

// Only addresses that are allowed, and a name that has one that is not is refused: whoever answers for it plays games.
Awaitable<Result<std::vector<tcp::endpoint>>> HttpClient::Impl::look_up(Target const& target) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  auto const [error, found] = co_await resolver.async_resolve(target.host, target.port, as_tuple);
  if (error) co_return failure("cannot find", target, error);
  std::vector<tcp::endpoint> endpoints;
  for (auto const& entry : found) {
    auto const address = entry.endpoint().address();
    if (rules.denies(address)) {
      co_return fail(Errc::forbidden,
                     fmt::format("{} is {}, where steps may not connect to", target.authority, address.to_string()));
    }
    endpoints.push_back(entry.endpoint());
  }
  co_return endpoints;
}

Awaitable<Result<HttpResponse>> HttpClient::Impl::perform_once(HttpRequest const& request) {
  auto const target = target_of(request.url);
  if (!target) co_return target.error();
  auto const endpoints = co_await look_up(*target);
  if (!endpoints) co_return endpoints.error();
  auto const message = message_of(request, *target);
  tcp::socket socket(co_await asio::this_coro::executor);
  auto const [connect_error, endpoint] = co_await asio::async_connect(socket, *endpoints, as_tuple);
  if (connect_error) co_return failure("cannot connect to", *target, connect_error);
  if (!target->tls) co_return co_await exchange(socket, message, *target, max_body);

  auto const& context = tls.get();
  if (!context) co_return context.error();
  asio::ssl::stream<tcp::socket> stream(std::move(socket), **context);
  stream.set_verify_callback(asio::ssl::host_name_verification(target->host));
  name_host(stream, target->host);
  auto const [tls_error] = co_await stream.async_handshake(asio::ssl::stream_base::client, as_tuple);
  if (tls_error) co_return failure("cannot trust", *target, tls_error);
  co_return co_await exchange(stream, message, *target, max_body);
}

}  // namespace runcast
