#include "handler/created_run.hpp"

#include <fmt/format.h>

#include "handler/idempotency.hpp"
#include "handler/problem.hpp"
#include "handler/run_json.hpp"
#include "model/json_text.hpp"

namespace runcast {

Awaitable<Reply> created_run(Store& store, RunId run, std::string key) {
  auto const row = co_await store.run(run);
  if (!row) co_return problem(row.error());
  auto text = co_await first_answer(store, std::move(key), to_json_text(to_json(*row)));
  if (!text) co_return problem(text.error());
  Answer answer{201, "application/json", std::move(*text)};
  answer.headers.emplace_back("Location", fmt::format("/api/v2/workflows/runs/{}", run.str()));
  co_return answer;
}

}  // namespace runcast
