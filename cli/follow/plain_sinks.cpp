#include <cstdio>

#include <fmt/format.h>

#include "cli/follow/event_text.hpp"
#include "cli/follow/sinks.hpp"
#include "cli/terminal/text.hpp"

namespace runcast::cli {
namespace {

// Lines on standard output, held back while more of them are on their way.
class PlainSink : public EventSink {
 public:
  void notice(std::string_view text) override { fmt::print(stderr, "runcast: {}\n", plain_text(text)); }
  void restart() override {}
  void idle() override { std::fflush(stdout); }
  void tick(Timestamp) override { std::fflush(stdout); }
  void finish() override { std::fflush(stdout); }

 protected:
  static void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }
};

class JsonSink final : public PlainSink {
 public:
  void event(Event const&, std::string_view json) override {
    print(json);
    print("\n");
  }
};

class LineSink final : public PlainSink {
 public:
  explicit LineSink(Style style) : text_(style) {}
  void event(Event const& event, std::string_view) override { print(text_.line(event)); }

 private:
  EventText text_;
};

class LogSink final : public PlainSink {
 public:
  LogSink(Terminal terminal, std::string contains, bool json)
      : terminal_(terminal), contains_(std::move(contains)), json_(json) {}

  void event(Event const& event, std::string_view json) override {
    if (event.type != EventType::step_log) return;
    auto const& message = std::get<events::StepLog>(event.payload).message;
    if (message.find(contains_) == std::string::npos) return;
    if (json_) {
      print(json);
    } else if (terminal_.is_terminal) {
      print(harmless(message, terminal_.style.colour ? Colours::keep : Colours::drop));
    } else {
      print(message);
    }
    print("\n");
  }

 private:
  Terminal terminal_;
  std::string contains_;
  bool json_;
};

}  // namespace

std::unique_ptr<EventSink> make_json_sink() { return std::make_unique<JsonSink>(); }

std::unique_ptr<EventSink> make_line_sink(Style style) { return std::make_unique<LineSink>(style); }

std::unique_ptr<EventSink> make_log_sink(Terminal terminal, std::string contains, bool json) {
  return std::make_unique<LogSink>(terminal, std::move(contains), json);
}

}  // namespace runcast::cli
