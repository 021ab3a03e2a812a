// The hub that Beast's own chat example leads to: one message, one async_write, one client at a time.
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include "base/asio.hpp"
#include "bench/common/message.hpp"
#include "bench/common/options.hpp"
#include "bench/common/schedule.hpp"
#include "bench/common/wall_clock.hpp"

namespace runcast::bench {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using Message = std::shared_ptr<std::string const>;

class Client;

struct Run {
  std::string name;
  std::vector<std::shared_ptr<Client>> clients;
  std::uint64_t seq = 0;
  unsigned full = 0;     // clients whose queue takes no more of a saturating producer
  bool waiting = false;  // the producer waits for them
};

class Hub {
 public:
  explicit Hub(PeerOptions const& options);
  void run();
  void attach(std::shared_ptr<Client> client, unsigned run);
  void detach(std::shared_ptr<Client> const& client);
  void produce_soon(Run& run);

 private:
  void accept();
  void start();
  void saturate(Run& run);
  void produce_due();
  void produce(Run& run, std::int64_t due_time);
  void finish();
  void close_all();

  PeerOptions options_;
  Schedule schedule_;
  MessageWriter writer_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer timer_{context_};
  std::vector<Run> runs_;
  std::uint64_t produced_ = 0;
  unsigned attached_ = 0;
};

class Client : public std::enable_shared_from_this<Client> {
 public:
  static constexpr std::size_t full_queue = 64;

  Client(tcp::socket socket, Hub& hub) : socket_(std::move(socket)), hub_(hub) {}

  void start() {
    socket_.next_layer().socket().set_option(tcp::no_delay(true));
    http::async_read(socket_.next_layer(), input_, request_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error) self->upgrade();
                     });
  }

  void send(Message message) {
    queue_.push_back(std::move(message));
    if (queue_.size() == full_queue) ++run_->full;
    if (queue_.size() == 1) write();
  }

  bool drained() const { return queue_.empty(); }

  void close() {
    socket_.async_close(websocket::close_code::normal, [self = shared_from_this()](beast::error_code) {});
  }

  Run* run_ = nullptr;

 private:
  void upgrade() {
    socket_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    socket_.auto_fragment(false);
    socket_.text(true);
    socket_.async_accept(request_, [self = shared_from_this()](beast::error_code error) {
      if (error) return;
      std::string_view const target = self->request_.target();
      auto const number = target.find("/runs/");
      self->hub_.attach(self, number == target.npos ? 0 : std::atoi(target.data() + number + 6));
      self->read();
    });
  }

  void read() {
    socket_.async_read(input_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return self->hub_.detach(self);
      self->input_.clear();
      self->read();
    });
  }

  void write() {
    socket_.async_write(asio::buffer(*queue_.front()),
                        [self = shared_from_this()](beast::error_code error, std::size_t) {
                          if (error) return;
                          self->queue_.pop_front();
                          if (self->queue_.size() + 1 == full_queue && --self->run_->full == 0)
                            self->hub_.produce_soon(*self->run_);
                          if (!self->queue_.empty()) self->write();
                        });
  }

  websocket::stream<beast::tcp_stream> socket_;
  Hub& hub_;
  beast::flat_buffer input_;
  http::request<http::empty_body> request_;
  std::deque<Message> queue_;
};

Hub::Hub(PeerOptions const& options)
    : options_(options),
      schedule_(options),
      writer_(options.message_bytes),
      acceptor_(context_, {asio::ip::address_v4::loopback(), options.port}),
      runs_(options.runs) {
  for (unsigned i = 0; i < runs_.size(); ++i) runs_[i].name = run_name(i);
}

void Hub::run() {
  accept();
  announce_listening(options_.port);
  context_.run();
}

void Hub::accept() {
  acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
    if (error) return;
    std::make_shared<Client>(std::move(socket), *this)->start();
    accept();
  });
}

void Hub::attach(std::shared_ptr<Client> client, unsigned run) {
  client->run_ = &runs_[run % runs_.size()];
  client->run_->clients.push_back(std::move(client));
  if (++attached_ == options_.subscribers && options_.mode != Mode::idle) start();
}

void Hub::detach(std::shared_ptr<Client> const& client) {
  std::erase(client->run_->clients, client);
  if (--attached_ == 0 && schedule_.finished(produced_, wall_clock_ns())) context_.stop();
}

void Hub::start() {
  schedule_.start(wall_clock_ns());
  if (options_.mode != Mode::saturated) return produce_due();
  for (Run& run : runs_) {
    run.waiting = true;
    produce_soon(run);
  }
}

void Hub::produce_soon(Run& run) {
  if (!std::exchange(run.waiting, false)) return;
  asio::post(context_, [this, &run] { saturate(run); });
}

// A few events at a time, so that the writes get their turn.
void Hub::saturate(Run& run) {
  constexpr int at_once = 32;
  std::int64_t const now = wall_clock_ns();
  if (schedule_.finished(produced_, now)) return finish();
  for (int i = 0; i < at_once && run.full == 0; ++i) produce(run, now);
  run.waiting = true;
  if (run.full == 0) produce_soon(run);
}

void Hub::produce_due() {
  std::int64_t const now = wall_clock_ns();
  for (std::uint64_t const due = schedule_.due(now); produced_ < due;) {
    produce(runs_[produced_ % runs_.size()], schedule_.due_time(produced_, now));
  }
  if (schedule_.finished(produced_, now)) return finish();
  timer_.expires_after(std::chrono::nanoseconds(schedule_.due_time(produced_, now) - now));
  timer_.async_wait([this](beast::error_code error) {
    if (!error) produce_due();
  });
}

void Hub::produce(Run& run, std::int64_t due_time) {
  auto const message = std::make_shared<std::string const>(writer_.write(run.name, ++run.seq, ++produced_, due_time));
  for (auto const& client : run.clients) client->send(message);
}

// Closes once everything that is queued has been written.
void Hub::finish() {
  bool const drained = std::ranges::all_of(runs_, [](Run const& run) {
    return std::ranges::all_of(run.clients, [](auto const& c) { return c->drained(); });
  });
  if (drained) return close_all();
  timer_.expires_after(std::chrono::milliseconds(50));
  timer_.async_wait([this](beast::error_code error) {
    if (!error) finish();
  });
}

void Hub::close_all() {
  for (Run const& run : runs_) {
    for (auto const& client : run.clients) client->close();
  }
}

}  // namespace
}  // namespace runcast::bench

int main(int argc, char** argv) {
  using namespace runcast::bench;
  Hub hub(parse_peer_options(argc, argv, "A Beast hub with one async_write for each message and client"));
  hub.run();
}
