#include "hub/tls_transport.hpp"

#include <array>
#include <new>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace runcast {
namespace {

constexpr std::size_t max_record = 16 * 1024;

// What a call of OpenSSL that did not succeed comes to.
sys::error_code error_of(SSL* ssl, int result) {
  int const saved = errno;
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return asio::error::eof;
    case SSL_ERROR_SYSCALL:
      return saved ? sys::error_code(saved, sys::system_category()) : sys::error_code(asio::error::eof);
    default:
      return asio::error::connection_aborted;  // not TLS, or not as it should be
  }
}

}  // namespace

TlsTransport::TlsTransport(TcpTransport tcp, TlsContext const& context)
    : tcp_(std::move(tcp)), ssl_(SSL_new(context.handle()), SSL_free) {
  sys::error_code gone;
  tcp_.socket().native_non_blocking(true, gone);  // a socket that is gone says so at the handshake
  if (!ssl_ || SSL_set_fd(ssl_.get(), tcp_.socket().native_handle()) != 1) throw std::bad_alloc();
}

TlsTransport::~TlsTransport() = default;

Awaitable<sys::error_code> TlsTransport::handshake() {
  while (true) {
    ERR_clear_error();
    errno = 0;
    int const result = SSL_accept(ssl_.get());
    if (result == 1) co_return sys::error_code();
    auto error = error_of(ssl_.get(), result);
    if (error != asio::error::would_block) co_return error;
    bool const wants_write = SSL_want_write(ssl_.get());
    error = wants_write ? co_await tcp_.writable() : co_await tcp_.readable();
    if (error) co_return error;
  }
}

std::size_t TlsTransport::write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) {
  error = flush();
  if (error) return 0;
  std::array<char, max_record> record;
  std::size_t filled = 0;
  std::size_t taken = 0;
  for (auto const& buffer : buffers) {
    std::string_view rest(static_cast<char const*>(buffer.data()), buffer.size());
    while (!rest.empty()) {
      auto const part = rest.substr(0, record.size() - filled);
      std::ranges::copy(part, record.begin() + static_cast<std::ptrdiff_t>(filled));
      filled += part.size();
      taken += part.size();
      rest.remove_prefix(part.size());
      if (filled < record.size()) continue;
      error = encrypt({record.data(), std::exchange(filled, 0)});
      if (error) return taken;
    }
  }
  if (filled > 0) error = encrypt({record.data(), filled});
  return taken;
}

sys::error_code TlsTransport::encrypt(std::string_view record) {
  ERR_clear_error();
  errno = 0;
  int const result = SSL_write(ssl_.get(), record.data(), static_cast<int>(record.size()));
  if (result > 0) return {};
  auto const error = error_of(ssl_.get(), result);
  if (error == asio::error::would_block && unsent_.empty()) unsent_ = record;
  return error;
}

sys::error_code TlsTransport::flush() {
  if (unsent_.empty()) return {};
  auto const error = encrypt(unsent_);
  if (!error) unsent_ = {};
  return error;
}

std::size_t TlsTransport::read_some(asio::mutable_buffer buffer, sys::error_code& error) {
  ERR_clear_error();
  errno = 0;
  int const result = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
  error = result > 0 ? sys::error_code() : error_of(ssl_.get(), result);
  return result > 0 ? static_cast<std::size_t>(result) : 0;
}

void TlsTransport::when(Wait what, Ready ready) {
  if (what == Wait::readable && SSL_pending(ssl_.get()) > 0) {
    // The rest of a record is here already; the socket would not tell.
    return asio::post(tcp_.socket().get_executor(), [ready = std::move(ready)] { ready({}); });
  }
  if (what == Wait::writable && !unsent_.empty()) return when_flushed(std::move(ready));
  tcp_.when(what, std::move(ready));
}

void TlsTransport::when_flushed(Ready ready) {
  tcp_.when(Wait::writable, [this, ready = std::move(ready)](sys::error_code error) mutable {
    if (!error) error = flush();  // with an error this may be gone
    if (error == asio::error::would_block) return when_flushed(std::move(ready));
    ready(error);
  });
}

void TlsTransport::finish() noexcept {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());  // where it does not fit any more, the end of the stream says as much
  tcp_.finish();
}

}  // namespace runcast
