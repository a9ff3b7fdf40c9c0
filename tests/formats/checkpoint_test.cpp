#include <algorithm>

#include "formats/safetensors.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;

class CheckpointFolder : public testing::Test {
 protected:
  /// A file with one tensor of two numbers per name.
  void shard(std::string_view file, std::vector<std::string> names, float value) {
    std::vector<TensorSpec> specs;
    for (const std::string& name : names) specs.push_back({name, DType::kF32, {2}});
    SafetensorsWriter writer(folder_ / file, specs);
    for (size_t i = 0; i < names.size(); ++i) writer.write(std::vector<float>{value, value});
    writer.commit();
  }
  void index(std::string_view map) {
    folder_.file("model.safetensors.index.json", "{\"weight_map\": " + std::string(map) + "}");
  }
  float value(const Checkpoint& checkpoint, std::string_view name) {
    std::vector<float> values(2);
    to_float(checkpoint.tensor(name), values);
    return values[1];
  }
  void expect_error(std::string_view message) {
    expect_user_error([&] { Checkpoint checkpoint(folder_.path()); }, message);
  }
  test::TemporaryFolder folder_;
};

TEST_F(CheckpointFolder, OneFile) {
  shard("model.safetensors", {"b", "a"}, 3);
  const Checkpoint checkpoint(folder_.path());
  EXPECT_EQ(checkpoint.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(value(checkpoint, "a"), 3);
  EXPECT_EQ(checkpoint.find("c"), nullptr);
  EXPECT_EQ(checkpoint.files().size(), 1u);
  expect_user_error([&] { checkpoint.tensor("c"); },
                    folder_.path().string() + ": no tensor named c; ");
  const int64_t two[] = {2}, three[] = {3};
  EXPECT_EQ(checkpoint.tensor("a", two).name, "a");
  expect_user_error([&] { checkpoint.tensor("a", three); }, "tensor a has the shape [2]");
}

TEST_F(CheckpointFolder, Shards) {
  shard("one.safetensors", {"a", "b"}, 1);
  shard("two.safetensors", {"c", "unlisted"}, 2);
  index(R"({"c": "two.safetensors", "a": "one.safetensors", "b": "one.safetensors"})");
  Checkpoint first(folder_.path());
  const Checkpoint checkpoint = std::move(first);  // the places stay good
  EXPECT_EQ(checkpoint.names(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(value(checkpoint, "b"), 1);
  EXPECT_EQ(value(checkpoint, "c"), 2);
  checkpoint.release(checkpoint.tensor("c"));
  EXPECT_EQ(value(checkpoint, "c"), 2);
  EXPECT_EQ(checkpoint.files().size(), 2u);
}

TEST_F(CheckpointFolder, ShardsThatAreMissingOrIncomplete) {
  shard("one.safetensors", {"a"}, 1);
  index(R"({"a": "one.safetensors", "b": "two.safetensors"})");
  expect_error("the shard two.safetensors is missing");
  shard("two.safetensors", {"x"}, 1);
  expect_error("two.safetensors: no tensor named b, which model.safetensors.index.json promises");
}

TEST_F(CheckpointFolder, AnIndexOpensNothingElsewhere) {
  for (const char* name : {"../x.safetensors", "/etc/passwd", "", ".", "..", "a/b", "a\\u0000b"}) {
    index(std::string("{\"a\": \"") + name + "\"}");
    expect_error("not a plain file name");
  }
}

TEST_F(CheckpointFolder, DamagedIndex) {
  index("[]");
  expect_error("has no weight_map");
  index("{\"a\": 1}");
  expect_error("more than file names");
  folder_.file("model.safetensors.index.json", "[]");
  expect_error("has no weight_map");
  folder_.file("model.safetensors.index.json", "{");
  expect_error("not JSON");
}

TEST_F(CheckpointFolder, WithoutWeights) {
  expect_error("has neither model.safetensors nor model.safetensors.index.json");
  folder_.file("pytorch_model.bin", "x");
  expect_error("has pytorch_model.bin but no model.safetensors; download");
  expect_user_error([&] { Checkpoint checkpoint(folder_ / "no"); }, "there is no such folder");
}

}  // namespace
}  // namespace puente
