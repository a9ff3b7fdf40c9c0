#include "demo/lesions.h"

#include <map>

#include "base/mapped_file.h"
#include "data/manifest.h"
#include "image/decode.h"
#include "support/files.h"

namespace puente {
namespace {

TEST(Lesions, AreTheSameForTheSameSeed) {
  test::TemporaryFolder a, b, c;
  const int64_t rows = write_lesions(a.path(), {.patients = 4, .size = 24});
  EXPECT_EQ(write_lesions(b.path(), {.patients = 4, .size = 24}), rows);
  write_lesions(c.path(), {.patients = 4, .size = 24, .seed = 2});
  EXPECT_EQ(test::read_text(a / "metadata.csv"), test::read_text(b / "metadata.csv"));
  EXPECT_EQ(test::read_text(a / "images/lesion_0000.png"),
            test::read_text(b / "images/lesion_0000.png"));
  EXPECT_NE(test::read_text(a / "metadata.csv"), test::read_text(c / "metadata.csv"));
}

TEST(Lesions, EveryRowHasAPictureAndEveryDiagnosisOccurs) {
  test::TemporaryFolder folder;
  const int64_t rows = write_lesions(folder.path(), {.patients = 60, .size = 24});
  const Manifest manifest = read_manifest(folder / "metadata.csv");
  ASSERT_EQ(manifest.rows(), rows);
  std::map<std::string, int> diagnoses;
  for (const std::string& name : manifest.column("image", "test").values) {
    const MappedFile file(folder.path() / "images" / name);
    EXPECT_EQ(decode_image(file.bytes(), name).width, 24);
  }
  for (const std::string& name : manifest.column("diagnosis", "test").values) ++diagnoses[name];
  EXPECT_EQ(diagnoses.size(), 4u);
  for (const auto& [name, count] : diagnoses) EXPECT_GE(count, 5) << name;
}

}  // namespace
}  // namespace puente
