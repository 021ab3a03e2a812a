#include "handler/stream.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>
#include <boost/algorithm/string/split.hpp>
#include <boost/json/object.hpp>

#include "handler/accept.hpp"
#include "handler/params.hpp"
#include "handler/problem.hpp"
#include "handler/upgrade.hpp"
#include "hub/websocket/deflate.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

// Nothing where the client takes none of them.
std::optional<Form> accepted_form(Request const& request) {
  static constexpr std::array<std::string_view, 2> offered{"application/x-ndjson", "text/event-stream"};
  auto const type = preferred_type(request.header("Accept"), offered);
  if (!type) return std::nullopt;
  return *type == offered[0] ? Form::ndjson : Form::sse;
}

std::string stream_open(RunRow const& run, LogPosition const& log) {
  return to_json_text(json::object{{"type", "stream_open"},
                                   {"runId", run.id.str()},
                                   {"epoch", log.epoch},
                                   {"firstSeq", log.first_seq},
                                   {"lastSeq", log.last_seq},
                                   {"status", to_string(run.status)}});
}

// What the follower is told before the first event.
std::string first_messages(Form form, RunRow const& run, LogPosition const& log, StreamCursor const& cursor) {
  auto text = frame_message(form, stream_open(run, log), "stream_open");
  if (!cursor.gap.empty()) {
    auto const gap = fmt::format(R"({{"type":"gap","reason":"{}","firstSeq":{}}})", cursor.gap, log.first_seq);
    text += frame_message(form, gap);
  }
  return text;
}

std::optional<std::uint64_t> to_seq(std::string_view text) {
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > INT64_MAX) return std::nullopt;
  return value;
}

}  // namespace

Result<StreamStart> parse_stream_start(Request const& request) {
  StreamStart start;
  start.epoch = request.param("epoch");
  if (start.epoch && start.epoch->empty()) start.epoch.reset();
  auto const after = number_param(request, "after");
  if (!after) return after.error();
  auto const tail = number_param(request, "tail");
  if (!tail) return tail.error();
  start.after = *after;
  start.tail = *tail;
  // A browser's EventSource repeats its URL with the position that it had at first; the header is newer.
  if (auto const last_id = request.header("Last-Event-ID"); !last_id.empty()) {
    auto const colon = last_id.rfind(':');
    start.after = to_seq(colon == std::string::npos ? last_id : std::string_view(last_id).substr(colon + 1));
    if (!start.after) return fail(Errc::invalid, "Last-Event-ID is EPOCH:SEQ or a bare seq");
    if (colon != std::string::npos) start.epoch = last_id.substr(0, colon);
  }
  return start;
}

StreamCursor place_cursor(StreamStart const& start, LogPosition const& log) {
  std::uint64_t const before_first = log.first_seq - 1;
  if (start.epoch && *start.epoch != log.epoch) return {before_first, "epoch"};
  if (start.after) {
    if (*start.after > log.last_seq) return {before_first, "future"};
    if (*start.after < before_first) return {before_first, "retention"};
    return {*start.after, ""};
  }
  if (start.tail) return {std::max(before_first, log.last_seq - std::min(*start.tail, log.last_seq)), ""};
  return {before_first, before_first > 0 ? "retention" : ""};
}

Result<Filter> parse_stream_filter(Request const& request) {
  Filter filter;
  if (auto const types = request.param("types"); types && !types->empty()) {
    std::vector<std::string> names;
    boost::algorithm::split(names, *types, [](char c) { return c == ','; });
    for (auto const& name : names) filter.allow(event_type_from(name));
  }
  if (auto const step = request.param("step"); step && !step->empty()) filter.only_step(*step);
  auto const level = level_param(request);
  if (!level) return level.error();
  if (*level) filter.at_least(**level);
  return filter;
}

Awaitable<Reply> StreamHandler::operator()(Request& request) const {
  auto const id = RunId::parse(request.captures.at(0));
  if (!id) co_return problem(404, "there is no such run");
  auto const start = parse_stream_start(request);
  if (!start) co_return problem(start.error());
  auto filter = parse_stream_filter(request);
  if (!filter) co_return problem(filter.error());

  Follow follow;
  std::string upgrade;
  if (wants_websocket(request)) {
    auto const extension = compress_ ? accept_deflate(request.header("Sec-WebSocket-Extensions")) : std::nullopt;
    auto accepted = accept_upgrade(request, extension.value_or(""));
    if (!accepted) co_return accepted.error();
    upgrade = std::move(*accepted);
    if (extension) follow.form = Form::deflate;
  } else {
    auto const form = accepted_form(request);
    if (!form) co_return problem(406, "the stream comes as text/event-stream or as application/x-ndjson");
    if (request.version < 11) co_return problem(426, "a stream needs HTTP/1.1");
    follow.form = *form;
  }

  auto const run = co_await store_.run(*id);
  if (!run) co_return problem(run.error());
  LogPosition const log{store_.epoch(), run->first_seq, run->last_seq};
  auto const cursor = place_cursor(*start, log);
  follow.log = id->ulid();
  follow.after = cursor.after;
  follow.filter = std::move(*filter);
  follow.finished = has_ended(run->status) && cursor.after == log.last_seq;
  if (is_websocket(follow.form)) {
    follow.opening = std::move(upgrade);
  } else {
    if (follow.finished) co_return Answer{204, "", ""};
    follow.opening = body_head(follow.form);
    if (request.method == "HEAD") co_return head_of_body(follow.form);
  }
  follow.opening += first_messages(follow.form, *run, log, cursor);
  co_return Handover{std::move(follow)};
}

}  // namespace runcast
