#include "serve/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/error.h"
#include "base/file_status.h"

namespace puente::serve {

void TlsFree::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void TlsFree::operator()(ssl_st* connection) const { SSL_free(connection); }

TlsContext make_tls_context(const std::filesystem::path& certificate,
                            const std::filesystem::path& key) {
  for (const auto& file : {certificate, key}) {
    if (!is_file(file)) fail("{}: no such file", file.string());
  }
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  PUENTE_ASSERT(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    ERR_clear_error();
    fail("{}: not a certificate (PEM) that can be used", certificate.string());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    ERR_clear_error();
    fail("{}: not a private key (PEM, without a password) of the certificate {}", key.string(),
         certificate.string());
  }
  return context;
}

TlsConnection make_tls_connection(ssl_ctx_st* context, int socket) {
  TlsConnection connection(SSL_new(context));
  if (connection == nullptr || SSL_set_fd(connection.get(), socket) != 1) return nullptr;
  SSL_set_accept_state(connection.get());
  return connection;
}

}  // namespace puente::serve
