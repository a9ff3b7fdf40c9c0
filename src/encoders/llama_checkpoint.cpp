#include "encoders/llama_checkpoint.h"

#include <array>
#include <cstring>
#include <string>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "base/mapped_file.h"
#include "tensor/kernel_target.h"

namespace puente {
namespace {

constexpr std::string_view kMagic = "puenteck";

struct Header {
  std::array<char, 8> magic;
  std::array<uint8_t, 32> key;
  uint64_t layer, rows, cols;
};
static_assert(sizeof(Header) == 64);

std::filesystem::path path_of(const std::filesystem::path& base, size_t pass) {
  return base.string() + ".resume" + std::to_string(pass);
}

}  // namespace

LlamaCheckpoint::LlamaCheckpoint(const std::filesystem::path& base, size_t pass, const Digest& key,
                                 double seconds_between)
    : path_(base.empty() ? base : path_of(base, pass)),
      key_(key),
      between_(seconds_between),
      last_(std::chrono::steady_clock::now()) {}

std::optional<LlamaCheckpoint::Stage> LlamaCheckpoint::load() const {
  if (path_.empty() || !file_exists(path_)) return std::nullopt;
  const MappedFile file(path_);
  const std::span<const std::byte> bytes = file.bytes();
  Header header{};
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic.data(), kMagic.data(), kMagic.size()) != 0 ||
      header.key != key_.bytes) {
    return std::nullopt;
  }
  const size_t floats = (bytes.size() - sizeof header) / sizeof(float);
  if (header.cols == 0 || header.rows > floats / header.cols ||
      header.rows * header.cols * sizeof(float) + sizeof header != bytes.size()) {
    return std::nullopt;
  }
  Stage stage{static_cast<int64_t>(header.layer),
              Matrix(static_cast<int64_t>(header.rows), static_cast<int64_t>(header.cols))};
  std::memcpy(stage.rows.data(), bytes.data() + sizeof header, bytes.size() - sizeof header);
  return stage;
}

void LlamaCheckpoint::save_sometimes(int64_t layer, MatrixView<const float> rows) {
  if (std::chrono::steady_clock::now() - last_ >= between_) save(layer, rows);
}

void LlamaCheckpoint::save(int64_t layer, MatrixView<const float> rows) {
  if (path_.empty()) return;
  PUENTE_ASSERT(rows.stride == rows.cols);
  Header header{};
  std::memcpy(header.magic.data(), kMagic.data(), kMagic.size());
  header.key = key_.bytes;
  header.layer = static_cast<uint64_t>(layer);
  header.rows = static_cast<uint64_t>(rows.rows);
  header.cols = static_cast<uint64_t>(rows.cols);
  AtomicFile file(path_);
  file.write(std::as_bytes(std::span(&header, 1)));
  file.write(std::as_bytes(std::span(rows.data, static_cast<size_t>(rows.rows * rows.cols))));
  file.commit();
  last_ = std::chrono::steady_clock::now();
}

Digest checkpoint_key(const LlamaFile& file, const TokenTree& tree, Precision precision,
                      std::string_view vectors) {
  const auto digest_of = [](std::span<const int32_t> numbers) {
    return sha256(std::as_bytes(numbers)).hex();
  };
  return sha256(fmt::format("puente {}\n{}\n{}\n{}\ntokens {}\ndepths {}\nends {}\n{}",
                            PUENTE_VERSION, file.fingerprint(), name_of(precision), kernel_target(),
                            digest_of(tree.tokens()), digest_of(tree.depths()),
                            digest_of(tree.ends()), vectors));
}

void remove_checkpoints(const std::filesystem::path& base) {
  if (base.empty()) return;
  std::error_code not_there;
  for (size_t pass = 0; std::filesystem::remove(path_of(base, pass), not_there); ++pass) {
  }
}

}  // namespace puente
