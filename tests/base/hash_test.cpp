#include "base/hash.h"

#include "support/files.h"

namespace puente {
namespace {

TEST(Sha256, GivesThePublishedDigests) {
  // FIPS 180-2, appendix B.1, and the digest of no bytes.
  EXPECT_EQ(sha256("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  test::TemporaryFolder folder;
  EXPECT_EQ(sha256_file(folder.file("a", "abc")), sha256("abc"));
  EXPECT_EQ(sha256_file(folder.file("empty", "")), sha256(""));
  const std::string large(9'000'001, 'q');  // more than one part
  EXPECT_EQ(sha256_file(folder.file("large", large)), sha256(large));
}

}  // namespace
}  // namespace puente
