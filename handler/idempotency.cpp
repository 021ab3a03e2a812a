#include "handler/idempotency.hpp"

#include <algorithm>

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

}  // namespace runcast
