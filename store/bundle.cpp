#include "store/bundle.hpp"

#include <fmt/format.h>

#include "model/json_text.hpp"
#include "store/sha256.hpp"

namespace runcast {
namespace {

void add_text(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  fmt::format_to(std::back_inserter(out), ",\"{}\":", key);
  append_json_string(out, value);
}

}  // namespace

void LineChain::add(std::string_view line) { digest_ = sha256({digest_, line, "\n"}); }

std::string LineChain::hex() const { return to_hex(digest_); }

std::string BundleWriter::head(RunRow const& run, RunDocument const& document) {
  auto text = fmt::format(R"({{"format":"runcast-bundle","version":1,"runId":"{}","createdAt":{})", run.id.str(),
                          to_epoch_ms(run.created));
  add_text(text, "workflow", run.workflow);
  add_text(text, "parentRunId", run.parent_run);
  add_text(text, "parentStepId", run.parent_step);
  return line(text + ",\"definition\":" + document.definition_json + "}");
}

std::string BundleWriter::event(std::string_view json) {
  ++events_;
  return line(std::string(json));
}

std::string BundleWriter::trailer() {
  return fmt::format("{{\"events\":{},\"sha256\":\"{}\"}}\n", events_, chain_.hex());
}

std::string BundleWriter::line(std::string text) {
  chain_.add(text);
  return text += '\n';
}

}  // namespace runcast
