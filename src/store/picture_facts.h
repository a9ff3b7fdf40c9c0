// X.images.csv beside a table X: what embed saw of each picture besides its vector, for the leak
// audit. One line per different value of the table's column of pictures, after the header
//
//   image,width,height,bytes,phash,phash576
//
// whose first name is that column's; of several columns, "left,right", with a line per different
// value of any of them. width and height are pixels of the whole picture, upright;
// bytes is the file's size; phash and phash576 are the coarse and the fine hash (what Python's
// ImageHash calls phash) of the picture as the encoder gets it, resized and cropped, in 16 and 144
// hexadecimal digits. Tables without it are whole.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

namespace puente {

class AtomicFile;

struct PictureFacts {
  int64_t width = 0;
  int64_t height = 0;
  int64_t bytes = 0;
  uint64_t coarse_hash = 0;
  std::array<uint64_t, 9> fine_hash{};

  bool operator==(const PictureFacts&) const = default;
};

struct PictureFactsFile {
  std::string column;  // of the table, that names the pictures; or several, with commas
  std::unordered_map<std::string, PictureFacts> of;  // by those columns' values
};

std::filesystem::path picture_facts_path(const std::filesystem::path& table);

/// The file is finished and not yet visible: commit() it once the table is there. names[i] is the
/// picture that facts[i] are about; one that comes again is written once.
std::unique_ptr<AtomicFile> stage_picture_facts(const std::filesystem::path& table,
                                                const std::string& column,
                                                std::span<const std::string> names,
                                                std::span<const PictureFacts> facts);

/// Left beside a new table that has no pictures, it would be read as a part of it.
void remove_picture_facts(const std::filesystem::path& table);

/// Nothing where there is none. UserError where the file is not what embed writes, naming the line
/// and the column.
std::optional<PictureFactsFile> find_picture_facts(const std::filesystem::path& table);

}  // namespace puente
