#include <cstdlib>

#include "executor/plan_cache.hpp"
#include "handler/job_request.hpp"
#include "handler/worker_request.hpp"
#include "model/json_parse.hpp"
#include "model/names.hpp"

// Whatever a worker or a submitter sends, it is taken within its bounds or refused with at least one fault.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  auto const body = parse_json({reinterpret_cast<char const*>(data), size});
  if (!body || !body->is_object()) return 0;
  auto const& object = body->get_object();
  auto const check = [](auto const& read) {
    if (!read && read.error().empty()) std::abort();
  };
  auto const intro = read_intro(object, "w");
  check(intro);
  if (intro && (intro->concurrency < 1 || !is_worker_name(intro->machine_id))) std::abort();
  check(read_claim(object, "w"));
  check(read_token(object));
  auto const progress = read_progress(object);
  check(progress);
  if (progress) {
    bool const within = progress->progress >= 0 && progress->progress <= 1;
    if (!within) std::abort();
  }
  auto const log = read_log(object);
  check(log);
  if (log) {
    for (auto const& line : log->lines) {
      if (line.text.find('\n') != std::string::npos) std::abort();
    }
  }
  check(read_completion(object));
  check(read_failure(object));
  static PlanCache plans;
  check(job_submission(object, "fuzz", plans));
  return 0;
}
