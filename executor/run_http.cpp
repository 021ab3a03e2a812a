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

Awaitable<AttemptResult> run_http(Services const& services, RunId run, Mask const& mask,
                                  std::shared_ptr<Attempt> attempt, HttpAction const& action, HttpRequest request,
                                  Millis limit) {
  auto const line = fmt::format("{} {}", request.method, request.url);
  std::optional<Answer> answer;
  TaskGroup exchange(services.thread);
  exchange.spawn(perform(*services.http, std::move(request), action.max_redirects, limit, answer));
  {
    EndsBy const ends_by(*attempt, [&] { exchange.cancel(); });
    co_await exchange.join();
  }

  AttemptResult result;
  if (attempt->ending != Attempt::Ending::none || !answer) {
    result.outcome = outcome_of(attempt->ending, false);
  } else {
    result = result_of(action, *answer);
  }
  bool const good = result.outcome == Outcome::succeeded;
  auto const fate = good ? fmt::format("{}", (*answer)->value().status) : result.error.value_or("ended");
  auto told = fmt::format("{}: {}", line, fate);
  mask.apply(told);
  std::vector<EventDraft> drafts;
  drafts.push_back(encode_log(attempt->step_id, good ? Level::info : Level::error, told, false, system_time()));
  co_await services.logger.log(run, std::move(drafts));
  co_return result;
}

}  // namespace runcast
