#include "handler/logs.hpp"

#include <array>

#include "handler/accept.hpp"
#include "handler/params.hpp"
#include "handler/problem.hpp"
#include "handler/run_json.hpp"

namespace runcast {
namespace {

constexpr std::size_t lines_a_piece = 2000;
constexpr std::size_t longest_tail = 100'000;
constexpr std::size_t most_bytes = 8u << 20;  // of a page of events; the last of them may go past it

Result<LogQuery> parse_log_query(Request const& request) {
  LogQuery query;
  auto const id = RunId::parse(request.captures.at(0));
  if (!id) return fail(Errc::not_found, "there is no such run");
  auto const level = level_param(request);
  auto const after = page_start_param(request);
  auto const before = number_param(request, "before");
  auto const tail = number_param(request, "tail", 0, longest_tail);
  auto const limit = limit_param(request);
  for (auto const* number : {&before, &tail}) {
    if (!*number) return number->error();
  }
  if (!after) return after.error();
  if (!level) return level.error();
  if (!limit) return limit.error();
  query.run = *id;
  query.step = request.param("step").value_or("");
  query.text = request.param("q").value_or("");
  query.level = level->value_or(Level::debug);
  query.after = *after;
  query.before = *before;
  if (*tail) query.tail = static_cast<std::size_t>(**tail);
  query.limit = *limit;
  return query;
}

// Rather than pages of items.
bool wants_bare_lines(Request const& request) {
  static constexpr std::array<std::string_view, 2> offered{"application/json", "text/plain"};
  return preferred_type(request.header("Accept"), offered) == offered[1];
}

// All lines that match, made piece by piece while they are sent; `limit` bounds them only where the client gave one.
class PlainLines {
 public:
  PlainLines(Store& store, LogQuery query, bool limited)
      : store_(store), query_(std::move(query)), left_(limited ? query_.limit : SIZE_MAX) {
    query_.form = LogForm::line;
  }

  // Empty at the end.
  Awaitable<Result<std::string>> next() {
    std::string text;
    while (text.empty() && !done_ && left_ > 0) {
      query_.limit = std::min(left_, lines_a_piece);
      auto const page = co_await store_.query_logs(query_);
      if (!page) co_return page.error();
      for (auto const& line : page->items) (text += line.text) += '\n';
      left_ -= std::min(left_, page->items.size());
      done_ = !page->next_after || query_.tail;
      query_.after = page->next_after.value_or(query_.after);
    }
    co_return text;
  }

 private:
  Store& store_;
  LogQuery query_;
  std::size_t left_;
  bool done_ = false;
};

}  // namespace

Awaitable<Reply> LogsHandler::operator()(Request& request) const {
  auto const query = parse_log_query(request);
  if (!query) co_return problem(query.error());
  auto const run = co_await store_.run(query->run);
  if (!run) co_return problem(run.error());
  if (wants_bare_lines(request)) {
    auto lines = std::make_shared<PlainLines>(store_, *query, request.param("limit").has_value());
    co_return StreamedAnswer{"text/plain; charset=utf-8", [lines] { return lines->next(); }};
  }
  auto page = co_await store_.query_logs(*query);
  if (!page) co_return problem(page.error());
  std::vector<std::string> items;
  for (auto& line : page->items) items.push_back(std::move(line.text));
  auto const next = page->next_after ? std::optional(std::to_string(*page->next_after)) : std::nullopt;
  co_return Answer{200, "application/json", list_json(items, next)};
}

Awaitable<Reply> EventsHandler::operator()(Request& request) const {
  auto const id = RunId::parse(request.captures.at(0));
  if (!id) co_return problem(404, "there is no such run");
  auto const after = page_start_param(request);
  if (!after) co_return problem(after.error());
  auto const limit = limit_param(request);
  if (!limit) co_return problem(limit.error());
  auto const run = co_await store_.run(*id);
  if (!run) co_return problem(run.error());
  std::uint64_t const start = std::max(*after, run->first_seq - 1);
  auto const events = co_await store_.read_events(*id, start, *limit, most_bytes);
  if (!events) co_return problem(events.error());
  auto const end = start + events->size();
  auto const next = !events->empty() && end < run->last_seq ? std::optional(std::to_string(end)) : std::nullopt;
  co_return Answer{200, "application/json", list_json(*events, next)};
}

}  // namespace runcast
