#include "hub/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace runcast {
namespace {

constexpr unsigned char http_1_1[] = "\x08http/1.1";

// A client that offers other protocols only is served all the same: it may not mean it.
int choose_protocol(SSL*, unsigned char const** out, unsigned char* out_size, unsigned char const* offered,
                    unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, http_1_1, sizeof(http_1_1) - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Error unusable(std::string_view what, std::filesystem::path const& file) {
  auto const code = ERR_get_error();
  char const* const reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return fail(Errc::invalid, fmt::format("{} {} cannot be used: {}", what, file.string(), reason ? reason : "unknown"));
}

void set_up(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Whoever leaves without a farewell has still ended the connection; HTTP knows by itself whether a body is whole.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets need no memory here
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

}  // namespace

Result<std::shared_ptr<TlsContext const>> TlsContext::load(std::filesystem::path const& certificate,
                                                           std::filesystem::path const& key) {
  ERR_clear_error();
  auto* const handle = SSL_CTX_new(TLS_server_method());
  if (!handle) return fail(Errc::io, "OpenSSL has no TLS");
  std::shared_ptr<TlsContext const> context(new TlsContext(handle));
  set_up(handle);
  if (SSL_CTX_use_certificate_chain_file(handle, certificate.c_str()) != 1) {
    return unusable("the certificate", certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(handle, key.c_str(), SSL_FILETYPE_PEM) != 1) return unusable("the key", key);
  if (SSL_CTX_check_private_key(handle) != 1) return unusable("the certificate's key", key);
  return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

}  // namespace runcast
