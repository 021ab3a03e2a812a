#include "server/server.hpp"

#include <sys/resource.h>
#include <csignal>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>

#include "executor/executor.hpp"
#include "feed/load_state.hpp"
#include "feed/system_feed.hpp"
#include "handler/api.hpp"
#include "handler/sockets/event_routes.hpp"
#include "hub/hub.hpp"
#include "logger/step_logger.hpp"
#include "server/server_metrics.hpp"
#include "server/settings.hpp"
#include "server/store_history.hpp"
#include "server/threads.hpp"
#include "server/token_watch.hpp"

namespace runcast {
namespace {

constexpr Millis farewell{1'000};  // for those who converse to close when the server goes down

// Every connection takes a descriptor: as many as this process may have. Tells how many that are.
std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// Steps run commands: whoever may call this server may run them on this machine.
Error open_to_all(ListenAddress const& address) {
  return fail(
      Errc::forbidden,
      fmt::format("{} is not a loopback address, and there is no token that callers would need: whoever reached "
                  "this server could run commands on this machine. Make one first: runcast token create",
                  address.host));
}

// What can be said of the address before the data directory is touched.
Result<ListenAddress> listen_address(ServeConfig const& config) {
  auto const address = ListenAddress::parse(config.listen);
  if (!address) return address.error();
  auto const endpoint = resolve(*address);
  if (!endpoint) return endpoint.error();
  bool const may_have_tokens = std::filesystem::exists(std::filesystem::path(config.data) / Tokens::file_name);
  if (!endpoint->address().is_loopback() && !may_have_tokens) return open_to_all(*address);
  return *address;
}

// Everything that makes up a running server, in the order in which it depends on what is above it.
class Server {
 public:
  Server(ServeConfig const& config, ListenAddress const& address, Places::Limits places, std::unique_ptr<Store> store,
         Secrets secrets)
      : config_(config),
        address_(address),
        places_(places),
        console_({.minimum = *level_from(config.log_level)}),
        store_(std::move(store)),
        history_(*store_),
        feed_(*store_, {}),
        io_(config.threads ? config.threads : std::max(1U, std::thread::hardware_concurrency())),
        hub_(hub_options(config, *store_), history_, io_.executors()),
        logger_(
            *store_, [this](std::shared_ptr<Commit const> commit) { return publish(std::move(commit)); }, console_,
            *level_from(config.step_level)),
        executor_(executor_options(config, std::move(secrets)), *store_, logger_, console_),
        token_watch_(config.data, access_, hub_, conversations_) {}

  // Until a signal, or until the database cannot be written.
  Result<void> serve() {
    auto const endpoint = resolve(address_);
    if (!endpoint) return endpoint.error();
    if (auto started = token_watch_.start(); !started) return started.error();
    if (!endpoint->address().is_loopback() && !access_.any_holds()) return open_to_all(address_);
    auto listener = Listener::open(main_, *endpoint);
    if (!listener) return listener.error();
    auto tls = tls_context(config_);
    if (!tls) return tls.error();
    listener->use(std::move(*tls));
    Gate const gate(address_.host, {config_.hosts.begin(), config_.hosts.end()}, origins_of(config_).value());
    Router router;
    add_api(router, *store_, executor_, access_, operations_, {config_.compress, definition_limits(config_)});
    add_event_routes(router, {feed_, executor_, conversations_});
    Rates rates({static_cast<double>(config_.rate), static_cast<double>(config_.burst)});
    HttpServer const http{
        router, gate, access_, rates, http_limits(config_), [this](std::string const& fault) { report(fault); }};
    store_->on_fatal([this](Error const& error) { asio::post(main_, [this, error] { end(error); }); });
    auto served = asio::co_spawn(main_, run(*listener, http), asio::use_future);
    main_.run();
    served.get();
    io_.join();
    store_->stop();
    if (fatal_) return *fatal_;
    return {};
  }

 private:
  // One after the other: first what takes part in it, then whoever may come, and the other way round at the end.
  Awaitable<> run(Listener& listener, HttpServer const& http) {
    for (std::size_t i = 0; i < hub_.shards(); ++i) {
      shards_.push_back(asio::co_spawn(io_[i], hub_.shard(i).run(), asio::use_future));
      connections_.push_back(std::make_unique<TaskGroup>(io_[i].get_executor()));
    }
    auto started = co_await feed_.start(load_system_state);
    if (started) started = co_await executor_.start();
    if (!started) {
      end(started.error());
      co_return co_await end_shards();
    }
    TaskGroup accepting(main_.get_executor());
    TaskGroup watching(main_.get_executor());
    accepting.spawn(listener.run(http, hub_, places_, connections_));
    watching.spawn(reload_tls(listener));
    watching.spawn(token_watch_.run([this](std::string const& fault) { report(fault); }));
    phase_ = Phase::serving;
    announce(listener);
    co_await until_asked_to_end();
    phase_ = Phase::ending;
    console_.log(Level::info, "ending: running steps have a moment, clients are told to come back");
    listener.close();
    co_await accepting.join();
    co_await executor_.stop(Millis(config_.shutdown_ms));
    watching.cancel();
    co_await watching.join();
    co_await end_shards();
  }

  Awaitable<> end_shards() {
    co_await conversations_.stop(farewell);
    for (std::size_t i = 0; i < hub_.shards(); ++i) {
      co_await asio::co_spawn(io_[i], end_connections(i), asio::use_awaitable);
    }
    for (auto& shard : shards_) shard.get();
    feed_.stop();
  }

  Awaitable<> end_connections(std::size_t index) {
    co_await hub_.shard(index).stop();
    connections_[index]->cancel();
    co_await connections_[index]->join();
  }

  // A certificate is renewed without an end: SIGHUP, and new connections have the new one.
  Awaitable<> reload_tls(Listener& listener) {
    asio::signal_set hangups(main_, SIGHUP);
    while (true) {
      co_await hangups.async_wait(asio::use_awaitable);
      auto tls = tls_context(config_);
      if (!tls) {
        report("the old certificate stays: " + tls.error().message);
        continue;
      }
      listener.use(std::move(*tls));
      console_.log(Level::info, config_.tls_cert.empty() ? "nothing to read again" : "the certificate was read again");
    }
  }

  Awaitable<> until_asked_to_end() {
    asio::signal_set signals(main_, SIGINT, SIGTERM);
    signals.async_wait([this](sys::error_code error, int) {
      if (!error) ending_.cancel();
    });
    co_await ending_.async_wait(as_tuple);
    std::signal(SIGINT, SIG_DFL);  // once more ends it at once
    std::signal(SIGTERM, SIG_DFL);
  }

  Awaitable<std::string> why_not_ready() {
    if (phase_ == Phase::starting) co_return "the server is starting";
    if (phase_ == Phase::ending) co_return "the server is ending";
    co_return co_await executor_.can_spawn() ? "" : "the helper that starts commands does not run";
  }

  void add_metrics(MetricText& text) {
    add_connection_metrics(places_, text);
    add_hub_metrics(hub_, text);
    event_counts_.add_to(text);
    add_conversation_metrics(conversations_, text);
    add_job_metrics(feed_.stats(), text);
  }

  void report(std::string const& fault) { console_.log(Level::error, fault); }

  void end(Error const& error) {
    fatal_ = error;
    ending_.cancel();
  }

  // Runs on the writer's thread, after each commit and before the next.
  Awaitable<> publish(std::shared_ptr<Commit const> commit) {
    feed_.tell(commit);
    event_counts_.count(*commit);
    std::vector<Publication> publications;
    for (auto const& run : commit->runs) publications.push_back({run.run.ulid(), run.segment});
    co_await hub_.publish(std::move(publications));
  }

  void announce(Listener const& listener) {
    auto const endpoint = listener.endpoint();
    auto const host = endpoint.address().is_v6() ? fmt::format("[{}]", endpoint.address().to_string())
                                                 : endpoint.address().to_string();
    console_.log(Level::info, fmt::format("listening on {}://{}:{} (data in {}, durability {})",
                                          config_.tls_cert.empty() ? "http" : "https", host, endpoint.port(),
                                          config_.data, config_.durability));
  }

  enum class Phase : std::uint8_t { starting, serving, ending };

  ServeConfig const& config_;
  ListenAddress const& address_;
  Places places_;
  Console console_;
  std::unique_ptr<Store> store_;
  StoreHistory history_;
  SystemFeed feed_;
  Conversations conversations_;
  asio::io_context main_;  // signals, accepting, starting and ending; its thread is the caller's
  asio::steady_timer ending_{main_, asio::steady_timer::time_point::max()};
  Threads io_;
  Hub hub_;
  EventCounts event_counts_;
  BroadcastStepLogger logger_;
  Executor executor_;
  Access access_;
  std::atomic<Phase> phase_ = Phase::starting;
  Operations const operations_{[this] { return why_not_ready(); }, [this](MetricText& text) { add_metrics(text); }};
  TokenWatch token_watch_;
  std::vector<std::future<void>> shards_;
  std::vector<std::unique_ptr<TaskGroup>> connections_;
  std::optional<Error> fatal_;
};

}  // namespace

Result<void> serve(ServeConfig const& config) {
  auto const descriptors = raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  auto secrets = all_secrets(config);
  if (!secrets) return secrets.error();
  auto const address = listen_address(config);
  if (!address) return address.error();
  if (auto const tls = tls_context(config); !tls) return tls.error();
  if (auto const origins = origins_of(config); !origins) return origins.error();
  auto store = Store::open(store_options(config));
  if (!store) return store.error();
  return Server(config, *address, connection_limits(config, descriptors), std::move(*store), std::move(*secrets))
      .serve();
}

}  // namespace runcast
