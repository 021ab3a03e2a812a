#include "tests/executor/http/authority.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace runcast::testing {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

Key new_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

File file(std::filesystem::path const& path, char const* mode) {
  File opened(std::fopen(path.c_str(), mode), std::fclose);
  if (!opened) throw std::runtime_error("cannot open " + path.string());
  return opened;
}

void extend(X509* certificate, X509* issuer, int id, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate unsigned_certificate(EVP_PKEY* key, std::string const& name, long serial) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  auto const* text = reinterpret_cast<unsigned char const*>(name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC, text, -1, -1, 0);
  return certificate;
}

}  // namespace

Authority::Authority() {
  auto const key = new_key();
  auto const certificate = unsigned_certificate(key.get(), "test authority", 1);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  extend(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  PEM_write_X509(file(dir_ / "ca.pem", "w").get(), certificate.get());
  PEM_write_PrivateKey(file(dir_ / "ca.key", "w").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

asio::ssl::context Authority::server_context(std::string const& name) const {
  Certificate const issuer(PEM_read_X509(file(dir_ / "ca.pem", "r").get(), nullptr, nullptr, nullptr), X509_free);
  Key const issuer_key(PEM_read_PrivateKey(file(dir_ / "ca.key", "r").get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  auto const key = new_key();
  auto const certificate = unsigned_certificate(key.get(), name, 2);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  extend(certificate.get(), issuer.get(), NID_subject_alt_name, "DNS:" + name);
  X509_sign(certificate.get(), issuer_key.get(), EVP_sha256());
  asio::ssl::context context(asio::ssl::context::tls_server);
  SSL_CTX_use_certificate(context.native_handle(), certificate.get());
  SSL_CTX_use_PrivateKey(context.native_handle(), key.get());
  return context;
}

void Authority::make_known() const { ::setenv("SSL_CERT_FILE", (dir_ / "ca.pem").c_str(), 1); }

void Authority::forget() const { ::unsetenv("SSL_CERT_FILE"); }

}  // namespace runcast::testing
