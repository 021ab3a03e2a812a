#include "server/store_history.hpp"

namespace runcast {

Awaitable<Result<HistoryPage>> StoreHistory::read(Ulid log, std::uint64_t after, std::size_t max_events,
                                                  std::size_t max_bytes) {
  auto const page = co_await store_.read_segment(RunId(log), after, max_events, max_bytes);
  if (!page) co_return page.error();
  co_return HistoryPage{page->segment, page->at_end};
}

}  // namespace runcast
