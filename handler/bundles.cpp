#include "handler/bundles.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include "handler/created_run.hpp"
#include "handler/idempotency.hpp"
#include "handler/problem.hpp"
#include "store/bundle.hpp"
#include "store/bundle_import.hpp"

namespace runcast {
namespace {

constexpr std::size_t piece_events = 4096;
constexpr std::size_t piece_bytes = 512 * 1024;

// The bundle, made piece by piece while it is sent.
class BundleStream {
 public:
  BundleStream(Store& store, RunRow run, RunDocument document)
      : store_(store), run_(std::move(run)), document_(std::move(document)) {}

  // Empty at the end.
  Awaitable<Result<std::string>> next() {
    if (!std::exchange(begun_, true)) co_return writer_.head(run_, document_);
    if (after_ == run_.last_seq) co_return std::exchange(ended_, true) ? std::string() : writer_.trailer();
    auto const page = co_await store_.read_segment(run_.id, after_, piece_events, piece_bytes);
    if (!page) co_return page.error();
    if (page->segment->empty()) co_return fail(Errc::corrupt, "the log is shorter than its run says");
    std::string text;
    for (auto const& frame : page->segment->frames()) text += writer_.event(page->segment->json(frame));
    after_ = page->segment->last_position();
    co_return text;
  }

 private:
  Store& store_;
  RunRow run_;
  RunDocument document_;
  BundleWriter writer_;
  std::uint64_t after_ = 0;
  bool begun_ = false;
  bool ended_ = false;
};

bool is_lines_of_json(std::string type) {
  boost::algorithm::to_lower(type);
  type.resize(std::min(type.find_first_of("; "), type.size()));
  return type == bundle_media_type || type == "application/jsonl";
}

}  // namespace

Awaitable<Reply> BundlesApi::show(Request& request) {
  auto const id = RunId::parse(request.captures.at(0));
  if (!id) co_return problem(404, "there is no such run");
  auto run = co_await store_.run(*id);
  if (!run) co_return problem(run.error());
  if (!has_ended(run->status)) co_return problem(409, "the run has not ended; a bundle holds a whole one");
  if (run->first_seq != 1) co_return problem(409, "the beginning of the run's log is not kept any more");
  auto document = co_await store_.run_document(*id);
  if (!document) co_return problem(document.error());
  auto const stream = std::make_shared<BundleStream>(store_, std::move(*run), std::move(*document));
  co_return StreamedAnswer{std::string(bundle_media_type), [stream] { return stream->next(); }};
}

Awaitable<Reply> BundlesApi::take_in(Request& request) {
  if (!is_lines_of_json(request.header("Content-Type"))) {
    co_return problem(415, "a bundle is sent with `Content-Type: application/x-ndjson`");
  }
  auto const key = idempotency_key(request);
  if (!key) co_return problem(key.error());
  auto const bundle = parse_bundle(request.body);
  if (!bundle) co_return problem(400, "the bundle cannot be imported: " + bundle.error().message);
  auto const fingerprint = fingerprint_of(request);
  auto const stored = co_await store_.write([&](WriteTx& tx) -> Result<void> {
    auto const now = system_time();
    if (!key->empty()) {
      auto const earlier = tx.recall(*key, fingerprint);
      if (!earlier) return earlier.error();
      if (*earlier) return {};
      auto kept = tx.remember(*key, fingerprint, {.status = 0, .body = bundle->run.str()}, now);
      if (!kept) return kept;
    }
    return import_of(*bundle, now)(tx);
  });
  if (!stored) co_return problem(stored.error());
  co_return co_await created_run(store_, bundle->run, *key);
}

}  // namespace runcast
