// TLS of a server: its certificate, and one connection's state.
#pragma once

#include <filesystem>
#include <memory>

struct ssl_ctx_st;
struct ssl_st;

namespace puente::serve {

struct TlsFree {
  void operator()(ssl_ctx_st* context) const;
  void operator()(ssl_st* connection) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, TlsFree>;
using TlsConnection = std::unique_ptr<ssl_st, TlsFree>;

/// TLS 1.2 or newer. UserError names the file: not there, not PEM, a key of another certificate.
TlsContext make_tls_context(const std::filesystem::path& certificate,
                            const std::filesystem::path& key);
/// For a socket that was accepted; nothing where there is no memory.
TlsConnection make_tls_connection(ssl_ctx_st* context, int socket);

}  // namespace puente::serve
