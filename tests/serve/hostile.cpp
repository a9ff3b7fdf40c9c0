#include "hostile.h"

#include <array>
#include <vector>

#include "base/rng.h"
#include "served.h"

namespace puente::test {
namespace {

using serve::Call;

const std::vector<std::string>& pictures() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> some{lesions().picture(0), lesions().picture(1)};
    for (const char* name :
         {"images/one.jpg", "images/gray.jpg", "images/lossy.webp", "images/one.webp",
          "images/gray_lzw.tif", "images/bilevel_g4.tif", "images/gray16_MM.tif",
          "images/gray_jpeg.tif", "dicom/plain8.dcm", "dicom/headless.dcm"}) {
      some.push_back(read_text(golden(name)));
    }
    return some;
  }();
  return all;
}

/// One seed's and index' own choices.
class Chooser {
 public:
  Chooser(uint64_t seed, uint64_t index) : rng_(seed, index) {}

  uint64_t below(uint64_t n) { return rng_.below(n); }
  bool one_in(uint64_t n) { return rng_.below(n) == 0; }
  template <class T>
  const T& of(const std::vector<T>& some) {
    return some[rng_.below(some.size())];
  }
  /// Mostly short, now and then long.
  size_t length() {
    const uint64_t most = one_in(200) ? 200'000 : one_in(10) ? 2'000 : 40;
    return rng_.below(most);
  }
  std::string bytes(size_t size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(rng_.below(256));
    return text;
  }
  /// Some bytes of it changed, dropped or doubled.
  std::string mutated(std::string text) {
    const uint64_t changes = 1 + below(one_in(5) ? 40 : 4);
    for (uint64_t i = 0; i < changes && !text.empty(); ++i) {
      const size_t at = below(text.size());
      switch (below(5)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
          break;
        case 2:
          text.erase(at, 1 + below(8));
          break;
        case 3:
          text.insert(at, text.substr(below(text.size()), below(16)));
          break;
        default:
          text.resize(at);
      }
    }
    return text;
  }

  std::string picture() {
    std::string bytes = of(pictures());
    if (one_in(4)) return bytes;
    if (one_in(6)) return this->bytes(length());
    // Sizes stand among the first bytes.
    for (uint64_t i = 1 + below(6); i > 0; --i) {
      const size_t at = below(one_in(2) ? bytes.size() : std::min<size_t>(bytes.size(), 64));
      bytes[at] = static_cast<char>(one_in(2) ? below(256) : one_in(2) ? 0xff : 0x7f);
    }
    if (one_in(3)) bytes.resize(below(bytes.size() + 1));
    return bytes;
  }
  std::string url() {
    static const std::vector<std::string> heads{"data:image/png;base64,",
                                                "data:;base64,",
                                                "data:image/jpeg;charset=x;base64,",
                                                "data:image/png,",
                                                "file:///",
                                                "http://127.0.0.1/",
                                                "../../../etc/passwd",
                                                "data:base64,",
                                                "data:application/dicom;base64,",
                                                "/etc/passwd",
                                                "\\\\host\\share\\",
                                                ""};
    const std::string head = one_in(4) ? of(heads) : heads.front();
    const std::string own = picture();
    std::string coded = to_base64(std::as_bytes(std::span(own)));
    if (one_in(8)) coded = mutated(coded);
    return head + coded;
  }

  std::string text() {
    static const std::vector<std::string> parts{
        "age 61",
        "<|endoftext|>",
        "<|startoftext|>",
        "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7",
        "\xf0\x9f\xa9\xba\xf0\x9f\x91\xa9\xe2\x80\x8d\xe2\x9a\x95\xef\xb8\x8f",
        "\xe2\x80\xae",
        "a\xcc\x81\xcc\x81\xcc\x81",
        "{age}",
        "{{}}",
        "%s%n%x",
        "' OR 1=1 --",
        "<script>",
        "\xef\xbf\xbd",
        "\xf4\x8f\xbf\xbf",
        "$(reboot)",
        "aaaaaaaaaaaa",
        "0",
        "\xe3\x80\x80"};
    std::string made;
    const size_t size = length() / 4;
    const bool one_word = one_in(3);
    while (made.size() < size) {
      made += of(parts);
      if (!one_word) made += ' ';
    }
    return made;
  }
  /// JSON's own spelling of a text, well made or not.
  std::string string() {
    static const std::vector<std::string> odd{"\"\\ud800\"",
                                              "\"\\udc00\\ud800\"",
                                              "\"\\u0000\"",
                                              "\"\xff\xfe\"",
                                              "\"\xc0\x80\"",
                                              "\"\xed\xa0\x80\"",
                                              "\"\\x\"",
                                              "\"\\u12\"",
                                              "\"\n\"",
                                              "\"\x01\"",
                                              "\"\xf5\x80\x80\x80\"",
                                              "\"",
                                              "\"\\\"",
                                              "\"\\uD83E\\uDE7A\""};
    return one_in(4) ? of(odd) : Json(text()).dump(-1, ' ', one_in(2));
  }
  std::string number() {
    static const std::vector<std::string> odd{"0",
                                              "-0",
                                              "1e999",
                                              "-1e999",
                                              "1e-999",
                                              "99999999999999999999999999",
                                              "-9223372036854775809",
                                              "18446744073709551616",
                                              "0x10",
                                              "01",
                                              "1.",
                                              ".5",
                                              "NaN",
                                              "Infinity",
                                              "1e",
                                              "+1",
                                              "2147483648"};
    if (one_in(20)) return std::string(1 + below(5'000), '9');
    return of(odd);
  }
  std::string key() {
    static const std::vector<std::string> known{
        "\"image\"", "\"text\"",  "\"fields\"",          "\"inputs\"",
        "\"input\"", "\"model\"", "\"encoding_format\"", "\"dimensions\"",
        "\"age\"",   "\"sex\"",   "\"__proto__\"",       "\"\""};
    return one_in(8) ? string() : of(known);
  }
  std::string value(int depth) {
    const uint64_t kind = below(depth > 10 ? 6 : 9);
    switch (kind) {
      case 0:
        return number();
      case 1:
        return one_in(2) ? "null" : one_in(2) ? "true" : "false";
      case 2:
        return Json(url()).dump(-1, ' ', false, Json::error_handler_t::replace);
      case 3:
      case 4:
      case 5:
        return string();
      case 6: {
        std::string list = "[";
        for (uint64_t i = below(5); i > 0; --i) list += value(depth + 1) + ",";
        if (list.back() == ',' && !one_in(20)) list.pop_back();
        return list + "]";
      }
      default:
        return object(depth + 1);
    }
  }
  std::string object(int depth) {
    std::string made = "{";
    for (uint64_t i = below(5); i > 0; --i) made += key() + ":" + value(depth) + ",";
    if (made.back() == ',' && !one_in(20)) made.pop_back();
    return made + "}";
  }

  std::string body() {
    switch (below(10)) {
      case 0:
        return mutated(good_body());
      case 1:
        return good_body().substr(0, below(good_body().size()));
      case 2:
        return bytes(length());
      case 3: {
        static const std::vector<std::string> opens{"[", "{\"a\":", "[[", "{\"fields\":{\"a\":["};
        const std::string& open = of(opens);
        std::string deep;
        for (uint64_t i = 1 + below(one_in(20) ? 50'000 : 30); i > 0; --i) deep += open;
        return deep + (one_in(2) ? "1" : "");
      }
      case 4: {  // many inputs
        std::string list = "{\"inputs\":[";
        for (uint64_t i = below(60); i > 0; --i) list += object(1) + ",";
        if (list.back() == ',') list.pop_back();
        return list + "]}";
      }
      case 5: {  // a fair record, but for its picture
        const Json record = {{"image", url()}, {"text", text()}};
        return record.dump(-1, ' ', false, Json::error_handler_t::replace);
      }
      case 6: {
        Json record = {{"image", data_url(pictures().front())}};
        for (uint64_t i = below(4); i > 0; --i) {
          record["fields"][one_in(3) ? text() : one_in(2) ? "age" : "sex"] = text();
        }
        return record.dump(-1, ' ', false, Json::error_handler_t::replace);
      }
      case 7:
        return "{\"input\":" + value(1) +
               ",\"encoding_format\":" + (one_in(2) ? "\"base64\"" : value(2)) + "}";
      case 8:
        return mutated(object(0));
      default:
        return value(0);
    }
  }
  std::string path() {
    static const std::vector<std::string> odd{"/../../etc/passwd",
                                              "/..%2f..%2fetc/passwd",
                                              "//v1/predict",
                                              "/v1/predict/",
                                              "/v1",
                                              "/v1/%70redict",
                                              "/\xff",
                                              "",
                                              "*",
                                              "/v1/bundle?x=1",
                                              "http://evil/v1/predict",
                                              std::string("/v1/predict\0", 12),
                                              "/%00",
                                              "/.git/config",
                                              "/proc/self/environ"};
    return one_in(10) ? "/x" + text() : of(odd);
  }
  std::string header_value() {
    static const std::vector<std::string> odd{"",
                                              "application/json",
                                              "application/json;;;",
                                              "text/plain",
                                              "multipart/form-data",
                                              "gzip",
                                              "deflate, gzip",
                                              "Bearer x",
                                              "identity",
                                              "evil.example",
                                              "[::1]x",
                                              "127.0.0.1:99999999",
                                              "localhost"};
    return one_in(10) ? text() : of(odd);
  }

 private:
  Rng rng_;
};

std::string spelled(const Call& call, Chooser& choose) {
  std::string text = call.method + " " + call.path + " HTTP/1.1\r\n";
  const auto header = [&text](const char* name, const std::string& value) {
    if (!value.empty()) text += std::string(name) + ": " + value + "\r\n";
  };
  header("Host", call.host);
  header("Content-Type", call.content_type);
  header("Content-Encoding", call.content_encoding);
  header("Authorization", call.authorization);
  if (call.chunked || choose.one_in(6)) {
    text += "Transfer-Encoding: chunked\r\n\r\n";
    for (size_t at = 0; at < call.body.size();) {
      const size_t size = std::min<size_t>(call.body.size() - at, 1 + choose.below(5'000));
      text += fmt::format("{:x}\r\n", size) + call.body.substr(at, size) + "\r\n";
      at += size;
    }
    return text + "0\r\n\r\n";
  }
  const int64_t length =
      choose.one_in(10) ? static_cast<int64_t>(choose.below(1u << 20)) : std::ssize(call.body);
  return text + fmt::format("Content-Length: {}\r\n\r\n", length) + call.body;
}

}  // namespace

const std::string& good_body() {
  static const std::string body = record_of(0).dump();
  return body;
}

HostileCall hostile_call(uint64_t seed, uint64_t index) {
  Chooser choose(seed, index);
  HostileCall made{post("/v1/predict", good_body()), Expect::correct};
  if (choose.one_in(20)) return made;
  Call& call = made.call;
  made.expect = Expect::anything;
  if (choose.one_in(12)) {
    call.path = choose.path();
    made.expect = Expect::no_success;
  } else if (choose.one_in(4)) {
    call.path = "/v1/embeddings";
  }
  if (choose.one_in(30)) {
    static const std::vector<std::string> methods{"GET", "PUT",  "DELETE", "TRACE", "OPTIONS",
                                                  "get", "HEAD", "PATCH",  ""};
    call.method = choose.of(methods);
  }
  if (choose.one_in(15)) call.content_type = choose.header_value();
  if (choose.one_in(30)) call.content_encoding = choose.header_value();
  if (choose.one_in(30)) call.host = choose.header_value();
  if (choose.one_in(30)) call.authorization = choose.header_value();
  call.body = choose.body();
  call.content_length = std::ssize(call.body);
  if (choose.one_in(30)) call.content_length.reset();
  if (choose.one_in(30)) call.content_length = static_cast<int64_t>(choose.below(1ull << 62));
  return made;
}

HostileBytes hostile_bytes(uint64_t seed, uint64_t index) {
  Chooser choose(seed, index + (uint64_t{1} << 40));
  HostileCall made = hostile_call(seed, index);
  Call& call = made.call;
  HostileBytes bytes;
  switch (choose.below(8)) {
    case 0:
      bytes.bytes = choose.bytes(choose.length());
      break;
    case 1:
      bytes.bytes = choose.mutated(spelled(call, choose));
      break;
    case 2: {
      const std::string whole = spelled(call, choose);
      bytes.bytes = whole.substr(0, choose.below(whole.size()));
      break;
    }
    case 3: {  // many headers, or long ones
      bytes.bytes = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
      for (uint64_t i = choose.below(2'000); i > 0; --i) {
        bytes.bytes += "X-" + std::to_string(i) + ": " + choose.header_value() + "\r\n";
      }
      bytes.bytes += "\r\n";
      break;
    }
    case 4:  // two requests in one, the first with a length that lies
      bytes.bytes = spelled(call, choose) + spelled(post("/v1/predict", good_body()), choose);
      break;
    case 5: {  // chunks that lie
      bytes.bytes =
          "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
          "application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
      for (uint64_t i = choose.below(20); i > 0; --i) {
        bytes.bytes +=
            fmt::format("{:x}\r\n", choose.one_in(3) ? choose.below(~0ull) : choose.below(100)) +
            choose.bytes(choose.below(100)) + "\r\n";
      }
      break;
    }
    default:
      bytes.bytes = spelled(call, choose);
  }
  return bytes;
}

}  // namespace puente::test
