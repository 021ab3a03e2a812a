#include <cstdlib>

#include "executor/secrets_file.hpp"

// No text that was not sealed with the key is taken for secrets.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  static auto const key = SecretsKey::parse(std::string(64, '7')).value();
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  if (unseal(text, key) || unseal("runcast-secrets 1\n" + std::string(text), key)) std::abort();
  (void)SecretsKey::parse(text);
  return 0;
}
