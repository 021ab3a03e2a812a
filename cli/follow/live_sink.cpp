#include <cstdio>

#include "cli/follow/event_text.hpp"
#include "cli/follow/run_view_text.hpp"
#include "cli/follow/sinks.hpp"
#include "cli/terminal/live_region.hpp"
#include "cli/terminal/text.hpp"
#include "model/names.hpp"

namespace runcast::cli {
namespace {

constexpr std::size_t max_held_back = 64 * 1024;  // bytes of lines that wait for the next drawing

class LiveSink final : public EventSink {
 public:
  LiveSink(Style style, LiveFilter filter, std::optional<boost::json::object> const& seed)
      : style_(style), filter_(std::move(filter)), text_(style) {
    if (seed) view_.seed(*seed);
  }

  void event(Event const& event, std::string_view) override {
    view_.apply(event);
    if (is_shown(event)) held_back_ += text_.line(event);
    if (held_back_.size() > max_held_back) draw(wall_clock_now());
  }

  void notice(std::string_view text) override { held_back_ += style_.paint(Paint::yellow, plain_text(text)) + "\n"; }

  void restart() override { view_ = RunView{}; }
  void idle() override {}
  void tick(Timestamp now) override { draw(now); }

  void finish() override {
    draw(wall_clock_now());
    write(region_.leave());
  }

 private:
  // Logs, and what the view itself does not tell: starts and ends of steps are seen there.
  bool is_shown(Event const& event) const {
    if (event.type != EventType::step_log) {
      return event.type == EventType::cancel_requested || event.type == EventType::approval_requested ||
             event.type == EventType::approval_decided || event.type == EventType::step_retry;
    }
    auto const& log = std::get<events::StepLog>(event.payload);
    return (filter_.step.empty() || is_of_step(log.step_id, filter_.step)) && log.level >= filter_.level;
  }

  void draw(Timestamp now) {
    auto size = terminal_size();
    size.rows -= size.rows / 4;  // the rest is for the log
    auto lines = view_.workflow().empty() ? std::vector<std::string>{} : render(view_, now, size, style_);
    if (held_back_.empty() && lines == drawn_ && size.columns == columns_) return;
    write(region_.draw(held_back_, lines, size.columns));
    held_back_.clear();
    drawn_ = std::move(lines);
    columns_ = size.columns;
  }

  static void write(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  Style style_;
  LiveFilter filter_;
  EventText text_;
  RunView view_;
  LiveRegion region_;
  std::string held_back_;
  std::vector<std::string> drawn_;
  std::size_t columns_ = 0;
};

}  // namespace

std::unique_ptr<EventSink> make_live_sink(Style style, LiveFilter filter,
                                          std::optional<boost::json::object> const& seed) {
  return std::make_unique<LiveSink>(style, std::move(filter), seed);
}

}  // namespace runcast::cli
