// LlamaCheckpoint: what a long run over a LLaMA has done, on disk, so that a run that was killed
// goes on from there and ends with the same bits. No text is finished before the last layer, so it
// is the layer and all nodes' states; when a pass is done, its texts' vectors.
//
//   8 bytes    "puenteck"
//   32 bytes   SHA-256 of all that the numbers depend on: the model's files, the tree's tokens, the
//              precision, the instruction set, this version
//   u64        layers done
//   u64, u64   rows, columns
//   floats     rows x columns, little-endian
//
// One file per pass over the model, written whole and renamed.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "puente/matrix.h"

#include "base/hash.h"
#include "encoders/llama_tree.h"

namespace puente {

class LlamaCheckpoint {
 public:
  struct Stage {
    int64_t layer = 0;  // done
    Matrix rows;        // states of the nodes; after the last layer the vectors of the texts
  };

  /// `base` empty: nothing is saved or found.
  LlamaCheckpoint(const std::filesystem::path& base, size_t pass, const Digest& key,
                  double seconds_between);

  /// What was saved under this key; nothing where there is no such file, or one of another job or
  /// one that is damaged.
  std::optional<Stage> load() const;
  /// Saves if the last time was long enough ago. UserError if the disk is full.
  void save_sometimes(int64_t layer, MatrixView<const float> rows);
  void save(int64_t layer, MatrixView<const float> rows);

 private:
  std::filesystem::path path_;
  Digest key_;
  std::chrono::duration<double> between_;
  std::chrono::steady_clock::time_point last_;
};

/// The key of a pass.
Digest checkpoint_key(const LlamaFile& file, const TokenTree& tree, Precision precision,
                      std::string_view vectors);

/// When the job's table is there.
void remove_checkpoints(const std::filesystem::path& base);

}  // namespace puente
