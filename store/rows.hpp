#pragma once

#include <cstddef>
#include <utility>

#include "base/result.hpp"
#include "store/connection.hpp"

// What the queries share.
namespace runcast::queries {

// Calls `each(row)` for every row, until it returns false or an error.
template <class Each>
Result<void> for_each(Result<Borrowed> rows, Each each) {
  if (!rows) return rows.error();
  for (;;) {
    auto const there = (*rows)->step();
    if (!there) return there.error();
    if (!*there) return {};
    Result<bool> const more = each(**rows);
    if (!more) return more.error();
    if (!*more) return {};
  }
}

// A page's items and where the next one begins, from up to one row more than the page holds.
template <class Page>
void cut(Page& page, std::size_t limit, auto const& cursor_of) {
  if (page.items.size() <= limit) return;
  page.items.resize(limit);
  page.next_cursor = cursor_of(page.items.back());
}

}  // namespace runcast::queries
