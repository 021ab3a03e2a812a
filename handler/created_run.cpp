#include "handler/created_run.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "handler/problem.hpp"
#include "handler/run_json.hpp"

namespace runcast {

Awaitable<Reply> created_run(Store& store, RunId run) {
  auto const row = co_await store.run(run);
  if (!row) co_return problem(row.error());
  Answer answer{201, "application/json", boost::json::serialize(to_json(*row))};
  answer.headers.emplace_back("Location", fmt::format("/api/v2/workflows/runs/{}", run.str()));
  co_return answer;
}

}  // namespace runcast
