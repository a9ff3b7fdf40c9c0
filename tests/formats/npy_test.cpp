#include "formats/npy.h"

#include <cstring>

#include "base/rng.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;

/// A file of that header and so many bytes of data.
std::string npy(std::string header, size_t data, int major = 1) {
  header += '\n';
  std::string text = "\x93NUMPY";
  text += static_cast<char>(major);
  text += '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) {
    text += static_cast<char>(header.size() >> (8 * i) & 0xff);
  }
  return text + header + std::string(data, '\0');
}

class Npy : public testing::Test {
 protected:
  std::vector<int64_t> shape(const std::string& content) {
    const NpyFile file(folder_.file("t.npy", content));
    return {file.shape().begin(), file.shape().end()};
  }
  void expect_error(const std::string& content, std::string_view message) {
    expect_user_error([&] { shape(content); }, message);
  }
  test::TemporaryFolder folder_;
};

using Shape = std::vector<int64_t>;

TEST_F(Npy, ReadsWhatNumpyWrote) {
  // tools/golden_npy.py
  const NpyFile floats(test::golden("npy/float32_2x3.npy"));
  EXPECT_EQ(Shape(floats.shape().begin(), floats.shape().end()), (Shape{2, 3}));
  std::vector<float> values(6);
  to_float(floats.tensor(), values);
  EXPECT_EQ(values, (std::vector<float>{0, 0.5f, 1, 1.5f, 2, 2.5f}));
  const NpyFile doubles(test::golden("npy/float64_2x1x3_v2.npy"));
  EXPECT_EQ(Shape(doubles.shape().begin(), doubles.shape().end()), (Shape{2, 1, 3}));
  to_float(doubles.tensor(), values);
  EXPECT_EQ(values, (std::vector<float>{0, 0.5f, 1, 1.5f, 2, 2.5f}));
  expect_user_error([&] { NpyFile file(test::golden("npy/fortran_2x3.npy")); },
                    "is in Fortran order; write numpy.ascontiguousarray(array)");
  expect_user_error([&] { NpyFile file(test::golden("npy/big_endian.npy")); }, "holds '>f4'");
  expect_user_error([&] { NpyFile file(test::golden("npy/structured.npy")); },
                    "holds 'a structured type'");
}

TEST_F(Npy, WritesWhatNumpyWrites) {
  const int64_t dims[] = {2, 3};
  const float values[] = {0, 0.5f, 1, 1.5f, 2, 2.5f};
  NpyWriter writer(folder_ / "w.npy", dims);
  writer.write(std::span(values).first(4));
  writer.write(std::span(values).last(2));
  writer.commit();
  EXPECT_EQ(test::read_text(folder_ / "w.npy"),
            test::read_text(test::golden("npy/float32_2x3.npy")));
}

TEST_F(Npy, EveryRank) {
  EXPECT_EQ(shape(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 4)), Shape{});
  EXPECT_EQ(shape(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }", 20)), Shape{5});
  EXPECT_EQ(shape(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 1, 2)}", 16, 3)),
            (Shape{2, 1, 1, 2}));
  EXPECT_EQ(shape(npy("{'shape': (0, 7L), 'descr': \"<f8\", 'fortran_order': False}", 0, 2)),
            (Shape{0, 7}));
  expect_error(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1)}", 4), "5 axes");
}

TEST_F(Npy, WritesEveryRank) {
  for (const Shape& dims : {Shape{}, Shape{3}, Shape{0, 4}, Shape{1, 2, 3}}) {
    NpyWriter writer(folder_ / "w.npy", dims);
    writer.write(std::vector<float>(static_cast<size_t>(*element_count(dims))));
    writer.commit();
    const NpyFile file(folder_ / "w.npy");
    EXPECT_EQ(Shape(file.shape().begin(), file.shape().end()), dims);
  }
}

TEST_F(Npy, SizeMustBeThatOfTheFile) {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  expect_error(npy(header, 23),
               "has 23 bytes of data, which is not what shape [2, 3] of F32 takes");
  expect_error(npy(header, 25), "has 25 bytes");
  expect_error(npy("{'descr': '<f4', 'fortran_order': False, 'shape': "
                   "(4611686018427387904, 4)}",
                   0),
               "has 0 bytes");
  expect_error(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,)}", 0),
               "has 0 bytes");
  expect_error(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 0),
               "header is damaged");
  expect_error(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 0),
               "header is damaged");
}

TEST_F(Npy, OtherTypesAreNamed) {
  expect_error(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}", 8), "holds '<i8'");
  expect_error(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 8), "holds '|O'");
}

TEST_F(Npy, DamagedHeaders) {
  expect_error("", "is not a .npy file");
  expect_error("PK\x03\x04 a zip archive", "is not a .npy file");
  expect_error("\x93NUMPY", "is not a .npy file");
  expect_error(std::string("\x93NUMPY\x01\0", 8), "cut short");
  expect_error(std::string("\x93NUMPY\x02\0\xff\xff", 10), "cut short");
  expect_error(std::string("\x93NUMPY\x02\0\xff\xff\xff\xff", 12), "cut short");
  expect_error(std::string("\x93NUMPY\x09\0\0\0", 10), "version 9.0");
  for (const char* header :
       {"", "{", "{}", "x", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4 'fortran_order': False, 'shape': (1,)}", "{'other': 1}", "{'descr"}) {
    expect_error(npy(header, 4), "header is damaged");
  }
}

TEST_F(Npy, AnyByteChangedIsReadOrRefused) {
  const std::string good = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24);
  Rng rng(5);
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good.substr(0, i % 4 == 0 ? rng.below(good.size()) : good.size());
    for (int k = 0; k < 2 && !bad.empty(); ++k) {
      bad[rng.below(bad.size())] = static_cast<char>(rng.next());
    }
    // A file that is cut and written again waits for the disk on ext4; a new one does not.
    std::filesystem::remove(folder_ / "t.npy");
    try {
      const NpyFile file(folder_.file("t.npy", bad));
      std::vector<float> values(static_cast<size_t>(file.tensor().elements()));
      to_float(file.tensor(), values);
    } catch (const UserError&) {
    }
  }
}

TEST_F(Npy, AnUnfinishedArrayIsOurMistakeAndLeavesNothing) {
  const int64_t dims[] = {2, 3};
  {
    NpyWriter writer(folder_ / "w.npy", dims);
    writer.write(std::vector<float>(3));
    EXPECT_THROW(writer.commit(), InternalError);
    EXPECT_THROW(writer.write(std::vector<float>(4)), InternalError);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Npy, RealVectors) {
  PUENTE_SHARED_DATA_OR_SKIP(path, "clip_modality_gap/features_clip.npy");
  const NpyFile file(path);
  EXPECT_EQ(Shape(file.shape().begin(), file.shape().end()), (Shape{2, 500, 512}));
}

}  // namespace
}  // namespace puente
