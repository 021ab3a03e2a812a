#include <cstdlib>

#include "executor/replay.hpp"
#include "store/bundle.hpp"

// The first byte says whether the text is taken as it is, or whether the trailer that it ought to have is put behind
// it, so that what stands in the lines is reached at all. A bundle that is taken can be replayed.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  if (size == 0) return 0;
  std::string text(reinterpret_cast<char const*>(data + 1), size - 1);
  if (data[0] % 2 == 1) {
    LineChain chain;
    std::size_t lines = 0;
    for (std::size_t begin = 0; begin < text.size(); ++lines) {
      auto const end = std::min(text.find('\n', begin), text.size());
      chain.add(std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
    }
    if (!text.ends_with('\n')) text += '\n';
    text += "{\"events\":" + std::to_string(lines - std::min<std::size_t>(lines, 1)) + ",\"sha256\":\"" + chain.hex() +
            "\"}\n";
  }
  auto bundle = parse_bundle(text);
  if (!bundle) {
    if (bundle.error().message.empty()) std::abort();
    return 0;
  }
  if (bundle->lines.size() < 2 || bundle->lifecycle.size() < 2) std::abort();
  auto const plan = std::make_shared<Plan const>(std::make_shared<Workflow const>(std::move(bundle->workflow)));
  (void)replay(bundle->run, plan, bundle->lifecycle);
  return 0;
}
