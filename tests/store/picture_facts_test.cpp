#include "store/picture_facts.h"

#include <gtest/gtest.h>
#include <vector>

#include "base/atomic_file.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;

const PictureFacts kFacts{
    600, 450, 91'234, 0x00ab000000000001, {1, 2, 0xffffffffffffffff, 0, 0, 0, 0, 0, 7}};
const std::string kHeader = "image,width,height,bytes,phash,phash576\n";

TEST(PictureFacts, AreReadAsTheyWereWritten) {
  const test::TemporaryFolder folder;
  PictureFacts other = kFacts;
  other.width = 1;
  const std::vector<std::string> names = {"a, b.jpg", "c.png", "a, b.jpg"};
  const std::vector<PictureFacts> facts = {kFacts, other, kFacts};
  for (const char* table : {"t.csv", "u.safetensors", "v.npy"}) {
    const auto file = stage_picture_facts(folder / table, "photo", names, facts);
    EXPECT_FALSE(find_picture_facts(folder / table));  // until it is committed
    file->commit();
    const auto read = find_picture_facts(folder / table);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->column, "photo");
    EXPECT_EQ(read->of.size(), 2u);
    EXPECT_EQ(read->of.at("a, b.jpg"), kFacts);
    EXPECT_EQ(read->of.at("c.png"), other);
  }
  EXPECT_EQ(test::read_text(folder / "t.images.csv"),
            "photo,width,height,bytes,phash,phash576\n"
            "\"a, b.jpg\",600,450,91234,00ab000000000001,"
            "00000000000000010000000000000002ffffffffffffffff"
            "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "0000000000000007\n"
            "c.png,1,450,91234,00ab000000000001,"
            "00000000000000010000000000000002ffffffffffffffff"
            "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "0000000000000007\n");
  remove_picture_facts(folder / "t.csv");
  remove_picture_facts(folder / "t.csv");  // not there: nothing to do
  EXPECT_FALSE(find_picture_facts(folder / "t.csv"));
}

TEST(PictureFacts, DamagedFiles) {
  const test::TemporaryFolder folder;
  const std::string hashes = "00ab000000000001," + std::string(144, '0');
  const auto refused = [&](const std::string& content, const std::string& part) {
    folder.file("t.images.csv", content);
    expect_user_error([&] { find_picture_facts(folder / "t.csv"); }, part);
  };
  refused("image,width\na,1\n", "t.images.csv: not what `puente embed` writes");
  refused("image,height,width,bytes,phash,phash576\n", "not what `puente embed` writes");
  refused(kHeader + "a,1,1,1," + hashes + "\nb,wide,1,1," + hashes + "\n",
          "t.images.csv: line 3, column width: 'wide' is not what embed writes");
  refused(kHeader + "a,1,0,1," + hashes + "\n", "column height");
  refused(kHeader + "a,1,1,1.5," + hashes + "\n", "column bytes");
  refused(kHeader + "a,1,1,1,0ab," + std::string(144, '0') + "\n", "column phash:");
  refused(kHeader + "a,1,1,1,00ab000000000001," + std::string(143, '0') + "g\n", "column phash576");
}

}  // namespace
}  // namespace puente
