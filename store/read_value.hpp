#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "store/store.hpp"

namespace runcast {

// What a query gives, by Store::read(). It is shared with the query, which goes on where its caller is cancelled, and
// must own all that it uses.
template <class T>
Awaitable<Result<T>> read_value(Store& store, std::function<Result<T>(Connection&)> query) {
  auto const found = std::make_shared<T>();
  auto const done = co_await store.read([found, query = std::move(query)](Connection& connection) -> Result<void> {
    auto result = query(connection);
    if (!result) return result.error();
    *found = std::move(*result);
    return {};
  });
  if (!done) co_return done.error();
  co_return std::move(*found);
}

}  // namespace runcast
