#include "handler/static_files.hpp"

#include <fmt/format.h>

namespace runcast {
namespace {

std::string_view content_type(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

Answer file_answer(std::string_view path, std::string_view content, Request const& request) {
  auto const etag = fmt::format("\"{:x}\"", std::hash<std::string_view>{}(content));
  Answer answer{200, std::string(content_type(path)), std::string(content)};
  if (request.header("If-None-Match") == etag) answer = {304, "", ""};
  answer.headers = {
      {"ETag", etag},
      {"Cache-Control", "no-cache"},
      {"Referrer-Policy", "same-origin"},
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
       "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"}};
  return answer;
}

Awaitable<Reply> serve_file(std::string_view path, std::string_view content, Request const& request) {
  co_return file_answer(path, content, request);
}

}  // namespace

void add_static_files(Router& router) {
  for (auto const& [path, content] : embedded_files()) {
    if (path == "sign-in.html") continue;  // handler/sign_in.cpp serves it
    auto const handler = [name = path, bytes = content](Request& request) { return serve_file(name, bytes, request); };
    bool const page = path == "index.html";
    // What a page is made of tells nothing, and the page for signing in is made of it too.
    router.add("GET", fmt::format("/{}", path), handler, page ? Scope::read : Scope::open);
    if (page) router.add("GET", "/", handler, Scope::read);
  }
}

}  // namespace runcast
