// Where a certificate is kept, and what makes it one of another model, machine or pool.
#include "certify/certificate_file.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <optional>
#include <set>
#include <string>

#include "certify/precision_choice.h"
#include "demo/random_encoder.h"
#include "support/files.h"

namespace puente {
namespace {

class CertificateFile : public testing::Test {
 protected:
  CertificateFile() {
    keep("XDG_CACHE_HOME", cache_);
    keep("HOME", home_);
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    write_random_encoder(folder_ / "clip", "clip-tiny", {.seed = 1});
  }
  ~CertificateFile() override {
    put_back("XDG_CACHE_HOME", cache_);
    put_back("HOME", home_);
  }

  std::filesystem::path path() const {
    return certificate_path(folder_ / "clip", {}, this_machine());
  }
  void save(const char* images, const char* texts, const char* together) const {
    Json json;
    const auto add = [&](const char* name, const char* precision) {
      if (precision == nullptr) return;
      json["recommended"][name] = {{"precision", precision}, {"why", std::string("of ") + name}};
    };
    add("images", images);
    add("texts", texts);
    add("together", together);
    save_certificate(path(), json);
  }
  PrecisionChoice choose(EncoderParts parts) const {
    return choose_precision(folder_ / "clip", parts, {});
  }

  test::TemporaryFolder folder_;

 private:
  static void keep(const char* name, std::optional<std::string>& value) {
    if (const char* found = std::getenv(name)) value = found;
  }
  static void put_back(const char* name, const std::optional<std::string>& value) {
    value ? ::setenv(name, value->c_str(), 1) : ::unsetenv(name);
  }
  std::optional<std::string> cache_, home_;
};

TEST_F(CertificateFile, LiesInTheUsersCache) {
  EXPECT_EQ(certificate_folder(), folder_ / "cache/puente/parity");
  EXPECT_EQ(path().parent_path(), certificate_folder());
  ::setenv("XDG_CACHE_HOME", "relative", 1);  // counts as not set
  ::setenv("HOME", "/home/ana", 1);
  EXPECT_EQ(certificate_folder(), "/home/ana/.cache/puente/parity");
  ::unsetenv("HOME");
  test::expect_user_error([] { certificate_folder(); }, "set XDG_CACHE_HOME or HOME");
}

TEST_F(CertificateFile, IsAnotherForWhateverItDependsOn) {
  const std::filesystem::path model = folder_ / "clip", bert = folder_ / "bert";
  std::set<std::filesystem::path> paths{path()};
  EXPECT_EQ(path(), *paths.begin());

  Machine other = this_machine();
  other.cpu += " II";
  EXPECT_TRUE(paths.insert(certificate_path(model, {}, other)).second);
  other = this_machine();
  other.int8 = other.int8 == IntegerForm::quads ? IntegerForm::pairs : IntegerForm::quads;
  EXPECT_TRUE(paths.insert(certificate_path(model, {}, other)).second);
  EncoderSettings mean;
  mean.image_pool = Pool::mean;
  EXPECT_TRUE(paths.insert(certificate_path(model, mean, this_machine())).second);

  std::filesystem::copy(model, folder_ / "copy");  // the folder's own name does not count
  EXPECT_EQ(certificate_path(folder_ / "copy", {}, this_machine()), path());
  write_random_encoder(folder_ / "seed2", "clip-tiny", {.seed = 2});
  EXPECT_TRUE(paths.insert(certificate_path(folder_ / "seed2", {}, this_machine())).second);
  std::string config = test::read_text(model / "config.json");
  folder_.file("copy/config.json", config + " ");
  EXPECT_TRUE(paths.insert(certificate_path(folder_ / "copy", {}, this_machine())).second);

  write_random_encoder(bert, "bert-tiny", {});  // has no pictures to pool
  EXPECT_EQ(certificate_path(bert, mean, this_machine()),
            certificate_path(bert, {}, this_machine()));
}

TEST_F(CertificateFile, SeesAChangeInTheMiddleOfLargeWeights) {
  const std::filesystem::path model = folder_ / "large";
  write_random_encoder(model, "vit-tiny", {});
  const auto write_weights = [&](char middle) {
    // 10 MB of one tensor; longer than what is hashed whole.
    std::string header = R"({"a":{"dtype":"U8","shape":[10000000],"data_offsets":[0,10000000]}})";
    std::string file(8, '\0');
    file[0] = static_cast<char>(header.size());
    file += header + std::string(10'000'000, 'a');
    for (size_t i = 4'000'000; i < 5'000'000; ++i) file[i] = middle;
    folder_.file("large/model.safetensors", file);
    return certificate_path(model, {}, this_machine());
  };
  const std::filesystem::path before = write_weights('a');
  EXPECT_NE(write_weights('b'), before);
  EXPECT_EQ(write_weights('a'), before);
}

TEST_F(CertificateFile, ChoosesForTheHalvesThatAreUsed) {
  save("int8", "fp32", "fp32");
  EXPECT_EQ(choose({.image = true, .text = false}).precision, Precision::int8);
  EXPECT_NE(choose({.image = true, .text = false}).why.find("says int8 (of images)"),
            std::string::npos);
  EXPECT_EQ(choose({.image = false, .text = true}).precision, Precision::fp32);
  EXPECT_NE(choose({.image = true, .text = true}).why.find("of together"), std::string::npos);
}

TEST_F(CertificateFile, ChoosesFp32WithoutACertificateOfTheHalf) {
  PrecisionChoice choice = choose({.image = true, .text = true});
  EXPECT_EQ(choice.precision, Precision::fp32);
  const std::string clip = (folder_ / "clip").string();
  EXPECT_EQ(choice.why,
            "no certificate for " + clip + " on this machine; run: puente models check " + clip);
  save("int8", nullptr, "int8");
  choice = choose({.image = true, .text = true});
  EXPECT_EQ(choice.precision, Precision::fp32);
  EXPECT_NE(choice.why.find("says nothing about its texts"), std::string::npos);
  EXPECT_EQ(choose({.image = true, .text = false}).precision, Precision::int8);
}

TEST_F(CertificateFile, RefusesWhatIsNoCertificate) {
  save_certificate(path(), Json::array());
  test::expect_user_error([&] { find_certificate(path()); }, "is not a certificate of puente");
  save_certificate(path(), {{"recommended", {{"images", "int8"}}}});
  test::expect_user_error([&] { find_certificate(path()); }, "is not a certificate of puente");
}

}  // namespace
}  // namespace puente
