#include "tests/handler/http_world.hpp"

#include <boost/asio/post.hpp>

#include "hub/hub.hpp"

namespace runcast::testing {
namespace {

class ClientTransport final : public Transport {
 public:
  ClientTransport(HttpClient& client, asio::any_io_executor executor)
      : client_(client), executor_(std::move(executor)) {}

  std::size_t write_some(std::span<asio::const_buffer const> buffers, sys::error_code&) override {
    for (auto const& buffer : buffers) client_.got.append(static_cast<char const*>(buffer.data()), buffer.size());
    return asio::buffer_size(buffers);
  }

  std::size_t read_some(asio::mutable_buffer buffer, sys::error_code& error) override {
    if (client_.says.empty()) {
      error = hangs_up() ? sys::error_code(asio::error::eof) : asio::error::would_block;
      return 0;
    }
    auto& piece = client_.says.front();
    auto const size = piece.copy(static_cast<char*>(buffer.data()), buffer.size());
    piece.erase(0, size);
    if (piece.empty()) client_.says.pop_front();
    if (size == 0) error = asio::error::would_block;
    return size;
  }

  void when(Wait what, Ready ready) override {
    bool const nothing_to_read = what != Wait::writable && client_.says.empty() && !hangs_up();
    if (nothing_to_read) {
      waiting_ = std::move(ready);
    } else {
      asio::post(executor_, [ready = std::move(ready)] { ready({}); });
    }
  }

  void finish() noexcept override {
    told_the_end_ = true;
    wake({});
  }
  void close() noexcept override { wake(asio::error::operation_aborted); }
  void reset() noexcept override { close(); }

 private:
  bool hangs_up() const { return !client_.stays || told_the_end_; }
  void wake(sys::error_code error) {
    if (auto ready = std::exchange(waiting_, nullptr)) {
      asio::post(executor_, [ready = std::move(ready), error] { ready(error); });
    }
  }

  HttpClient& client_;
  asio::any_io_executor executor_;
  Ready waiting_;
  bool told_the_end_ = false;
};

class NoHistory final : public History {
 public:
  Awaitable<Result<HistoryPage>> read(Ulid, std::uint64_t, std::size_t, std::size_t) override {
    co_return fail(Errc::not_found, "there is no history here");
  }
};

}  // namespace

struct HttpWorld::Shards {
  explicit Shards(asio::io_context& context) : executors{context.get_executor()}, hub({}, history, executors) {}

  NoHistory history;
  std::array<asio::any_io_executor, 1> executors;
  Hub hub;
};

HttpWorld::HttpWorld()
    : server{.router = router,
             .gate = gate_,
             .access = access,
             .rates = rates_,
             .limits = {},
             .on_fault = [this](std::string const& fault) { faults.push_back(fault); }},
      shards_(std::make_unique<Shards>(context_)) {}

HttpWorld::~HttpWorld() = default;

HttpClient HttpWorld::serve(HttpClient client) {
  auto transport = std::make_unique<ClientTransport>(client, context_.get_executor());
  run(context_,
      serve_connection(std::move(transport), {"127.0.0.1", "127.0.0.1", false}, server, shards_->hub.shard(0)));
  return client;
}

HttpClient HttpWorld::serve(std::string_view text, std::size_t piece) {
  HttpClient client;
  for (std::size_t i = 0; i < text.size(); i += std::min(piece, text.size() - i)) {
    client.says.emplace_back(text.substr(i, piece));
  }
  return serve(std::move(client));
}

}  // namespace runcast::testing
