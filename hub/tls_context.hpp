#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"

struct ssl_ctx_st;

namespace runcast {

// A server's certificate with its key, and how TLS is spoken with them: 1.2 or 1.3, HTTP/1.1 within. Any thread.
class TlsContext {
 public:
  // PEM files; the certificate's may hold its chain. invalid: they cannot be read, or do not belong together.
  static Result<std::shared_ptr<TlsContext const>> load(std::filesystem::path const& certificate,
                                                        std::filesystem::path const& key);
  ~TlsContext();
  TlsContext(TlsContext const&) = delete;
  TlsContext& operator=(TlsContext const&) = delete;

  ssl_ctx_st* handle() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  ssl_ctx_st* context_;
};

}  // namespace runcast
