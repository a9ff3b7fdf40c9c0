#include "serve/tls.h"

#include <cstdio>
#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "serve/http_server.h"
#include "served.h"

namespace puente::serve {
namespace {

/// A key, and a certificate that it signed for itself, as cert.pem and key.pem.
void write_certificate(const test::TemporaryFolder& folder) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  std::FILE* file = std::fopen((folder / "cert.pem").c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  file = std::fopen((folder / "key.pem").c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

TEST(Tls, EncryptsWhatTheServerSays) {
  const test::TemporaryFolder folder;
  write_certificate(folder);
  test::ReadyApi api;
  HttpServer server(api, make_tls_context(folder / "cert.pem", folder / "key.pem"));
  const int port = server.start({"127.0.0.1", 0});
  httplib::SSLClient client("127.0.0.1", port);
  client.enable_server_certificate_verification(false);
  client.set_keep_alive(true);
  for (int i = 0; i < 3; ++i) {
    const httplib::Result health = client.Get("/health");
    ASSERT_TRUE(health) << httplib::to_string(health.error());
    EXPECT_EQ(health->body, "{\"status\":\"ok\"}");
    const std::string body = test::record_of(i).dump();
    const httplib::Result answer = client.Post("/v1/predict", body, "application/json");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
  }
  // Large ones go in pieces, both ways.
  Json batch;
  for (int i = 0; i < 32; ++i) batch["input"].push_back(std::string(60'000, 'a'));
  const httplib::Result large = client.Post("/v1/embeddings", batch.dump(), "application/json");
  ASSERT_TRUE(large);
  EXPECT_EQ(large->status, 200);
  // Without encryption nothing is said.
  httplib::Client plain("127.0.0.1", port);
  EXPECT_FALSE(plain.Get("/health"));
}

TEST(Tls, SaysWhichFileIsNotWhatItShouldBe) {
  const test::TemporaryFolder folder, other;
  write_certificate(folder);
  write_certificate(other);
  const auto expect = [&](const std::filesystem::path& certificate,
                          const std::filesystem::path& key, std::string_view part) {
    test::expect_user_error([&] { make_tls_context(certificate, key); }, part);
  };
  expect(folder / "gone.pem", folder / "key.pem", "gone.pem: no such file");
  expect(folder / "key.pem", folder / "key.pem", "key.pem: not a certificate (PEM)");
  expect(folder / "cert.pem", folder / "cert.pem", "cert.pem: not a private key");
  expect(folder / "cert.pem", other / "key.pem", "key.pem: not a private key (PEM");
}

}  // namespace
}  // namespace puente::serve
