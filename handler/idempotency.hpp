#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "handler/http.hpp"
#include "store/store.hpp"

// `Idempotency-Key`: the same key with the same request gives the same answer for a day.
namespace runcast {

inline constexpr std::string_view unusable_key = "an Idempotency-Key has at most 255 printable ASCII characters";

// Whether a key can be taken; the empty one, which stands for none, can.
bool is_idempotency_key(std::string_view key);

// The request's key, empty where it has none. invalid: it cannot be taken.
Result<std::string> idempotency_key(Request const& request);

// What makes two requests the same: who calls, method, path and body.
std::string fingerprint_of(Request const& request);

// What the first request with this key was answered with: `fresh`, where this is it, or the key is empty.
Awaitable<Result<std::string>> first_answer(Store& store, std::string key, std::string fresh);

}  // namespace runcast
