#include "hub/subscription.hpp"

#include "base/waiter.hpp"
#include "hub/batch.hpp"
#include "hub/follower.hpp"
#include "hub/shard.hpp"

namespace runcast {

Delivery::Delivery(Batch const& batch, bool after_gap) : after_gap_(after_gap) {
  for (auto const& slice : batch.slices()) {
    segments_.push_back(slice.segment);
    for (auto const& frame : slice.frames()) {
      items_.push_back({frame.position, static_cast<EventType>(frame.type), slice.segment->json(frame)});
    }
  }
}

// The shard's side of a subscription: it lives until the shard has let it go.
class Subscription::Subscriber final : public Follower, public std::enable_shared_from_this<Subscriber> {
 public:
  Subscriber(Shard& shard, SubscribeOptions options)
      : Follower(options.log, Form::websocket, options.after), shard_(shard), options_(std::move(options)) {}

  Awaitable<Result<Delivery>> next();
  void close();

  void joined() override;
  void offer() override { wake(); }
  void finish(std::uint16_t, std::string_view) override { close(); }

 private:
  Filter const* filter() const { return options_.filter.passes_all() ? nullptr : &options_.filter; }
  void fetch_page();
  void wake();
  Awaitable<> wait();

  Shard& shard_;
  SubscribeOptions options_;
  std::shared_ptr<Waiter> waiter_;  // while next() waits
  Result<void> history_;            // what went wrong with it, until that is told
  bool after_gap_ = false;
  bool ended_ = false;
  bool closed_ = false;
};

Awaitable<Result<Delivery>> Subscription::Subscriber::next() {
  while (!closed_ && !ended_) {
    if (!cursor_.feed()) {
      co_await wait();
      continue;
    }
    if (!history_) co_return std::exchange(history_, {}).error();
    Batch batch(options_.max_events, options_.max_bytes, cursor_.position());
    cursor_.collect(batch, filter());
    if (cursor_.take_gap()) after_gap_ = true;
    bool const moved = batch.considered() > cursor_.position();
    cursor_.move_to(batch.considered());
    ended_ = batch.ends();
    if (!batch.empty()) co_return Delivery(batch, std::exchange(after_gap_, false));
    if (cursor_.state() == Cursor::State::lacking) fetch_page();
    if (moved) {
      co_await yield();  // the filter may pass over much
    } else {
      co_await wait();
    }
  }
  if (closed_) co_return fail(Errc::closed, "the subscription is closed");
  co_return Delivery();
}

void Subscription::Subscriber::joined() {
  if (closed_) return shard_.leave(shared_from_this());
  wake();
}

void Subscription::Subscriber::fetch_page() {
  cursor_.fetch([weak = weak_from_this()](Result<HistoryPage> const& page) {
    auto const self = weak.lock();
    if (!self) return;
    self->history_ = self->cursor_.take(page);
    self->wake();
  });
}

void Subscription::Subscriber::wake() {
  if (waiter_) waiter_->wake();
}

Awaitable<> Subscription::Subscriber::wait() {
  auto const waiter = waiter_ = std::make_shared<Waiter>();
  bool const woken = co_await waiter->wait();
  waiter_.reset();
  if (!woken) throw_cancelled();
}

void Subscription::Subscriber::close() {
  if (std::exchange(closed_, true)) return;
  wake();
  if (cursor_.feed()) shard_.leave(shared_from_this());
}

Awaitable<Result<Subscription>> Subscription::open(Shard& shard, SubscribeOptions options) {
  auto subscriber = std::make_shared<Subscriber>(shard, std::move(options));
  Subscription subscription(subscriber);
  if (!co_await shard.join(subscriber)) co_return fail(Errc::closed, "the hub is going down");
  co_return std::move(subscription);
}

Subscription::Subscription(std::shared_ptr<Subscriber> subscriber) : subscriber_(std::move(subscriber)) {}
Subscription::Subscription(Subscription&&) noexcept = default;

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  std::swap(subscriber_, other.subscriber_);
  return *this;
}

Subscription::~Subscription() {
  if (subscriber_) subscriber_->close();
}

Awaitable<Result<Delivery>> Subscription::next() {
  auto const subscriber = subscriber_;  // lives until this returns, whatever happens to the handle
  co_return co_await subscriber->next();
}

std::uint64_t Subscription::position() const { return subscriber_->cursor().position(); }
void Subscription::close() { subscriber_->close(); }

}  // namespace runcast
