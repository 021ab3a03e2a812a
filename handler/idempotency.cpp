#include "handler/idempotency.hpp"

#include <algorithm>
#include <memory>

#include "store/sha256.hpp"

namespace runcast {

bool is_idempotency_key(std::string_view key) {
  return key.size() <= 255 && std::ranges::all_of(key, [](char c) { return c >= ' ' && c <= '~'; });
}

Result<std::string> idempotency_key(Request const& request) {
  auto key = request.header("Idempotency-Key");
  if (!is_idempotency_key(key)) return fail(Errc::invalid, std::string(unusable_key));
  return key;
}

std::string fingerprint_of(Request const& request) {
  return request.caller.name + ' ' + request.method + ' ' + request.path + ' ' + sha256_hex(request.body);
}

Awaitable<Result<std::string>> first_answer(Store& store, std::string key, std::string fresh) {
  if (key.empty()) co_return fresh;
  auto const first = std::make_shared<std::string>();
  auto const written = co_await store.write([=](WriteTx& tx) -> Result<void> {
    auto answer = tx.first_answer(key, fresh);
    if (!answer) return answer.error();
    *first = std::move(*answer);
    return {};
  });
  if (!written) co_return written.error();
  co_return std::move(*first);
}

}  // namespace runcast
