#include "executor/run_http.hpp"

#include <fmt/format.h>

#include "base/task_group.hpp"
#include "base/with_timeout.hpp"
#include "executor/http/client.hpp"
#include "logger/step_logger.hpp"
#include "model/event.hpp"

namespace runcast {
namespace {

using Answer = Result<Result<HttpResponse>>;  // outside: whether it came in time

Awaitable<> perform(HttpClient& client, HttpRequest request, int max_redirects, Millis limit,
                    std::optional<Answer>& answer) {
  auto exchange = client.perform(std::move(request), max_redirects);
  answer.emplace(co_await with_timeout(limit, std::move(exchange)));
}

AttemptResult result_of(HttpAction const& action, Answer const& answer) {
  if (!answer) return {.outcome = Outcome::timed_out, .error = answer.error().message};
  auto const& response = *answer;
  if (!response) return {.outcome = Outcome::failed, .error = response.error().message};
  AttemptResult result{.outputs = outputs_of(*response)};
  if (!is_expected(action, response->status)) {
    result.outcome = Outcome::failed;
    result.error = fmt::format("the answer's status is {}", response->status);
  }
  return result;
}

}  // namespace

Awaitable<AttemptResult> run_http(Services const& services, RunId run, std::shared_ptr<Attempt> attempt,
                                  HttpAction const& action, HttpRequest request) {
  auto const line = fmt::format("{} {}", request.method, request.url);
  std::optional<Answer> answer;
  TaskGroup exchange(services.thread);
  exchange.spawn(perform(services.http, std::move(request), action.max_redirects, services.options.http_timeout, answer));
  attempt->end_now = [&exchange] { exchange.cancel(); };
  if (attempt->ending != Attempt::Ending::none) attempt->end_now();
  co_await exchange.join();
  attempt->end_now = nullptr;

  // A step's own limit ends the attempt from outside, and so does a cancel.
  AttemptResult result;
  if (attempt->ending != Attempt::Ending::none) {
    result.outcome = outcome_of(attempt->ending, false);
  } else if (answer) {
    result = result_of(action, *answer);
  }
  bool const good = result.outcome == Outcome::succeeded;
  auto const told = good || !result.error ? fmt::format("{}: {}", line, good ? "done" : "ended")
                                          : fmt::format("{}: {}", line, *result.error);
  std::vector<EventDraft> drafts;
  drafts.push_back(encode_log(attempt->step_id, good ? Level::info : Level::error, told, false, system_time()));
  co_await services.logger.log(run, std::move(drafts));
  co_return result;
}

}  // namespace runcast
