// Who may ask: the token, and the Host that a request names.
#pragma once

#include <string>
#include <string_view>

namespace puente::serve {

/// Is the address this machine's own: 127.x.x.x, ::1, localhost?
bool is_loopback(std::string_view host);

/// May a request to a server on loopback name this Host? A page elsewhere whose name is made to
/// point at 127.0.0.1 (DNS rebinding) would name its own.
bool is_local_host_header(std::string_view host);

/// The comparison takes as long for any two texts.
class Token {
 public:
  /// Empty: none is asked for.
  explicit Token(std::string token) : token_(std::move(token)) {}

  bool is_asked_for() const { return !token_.empty(); }
  /// `authorization`: the header, "Bearer ...".
  bool admits(std::string_view authorization) const;

 private:
  std::string token_;
};

/// UserError for one that is too short to keep anybody out, or holds what no header may.
void check_token(std::string_view token);

}  // namespace puente::serve
