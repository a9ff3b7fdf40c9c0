// What a sweep has done so far, on disk, so that it goes on where it was stopped, even by kill -9.
//   FOLDER/trainings.jsonl  first line: what the sweep is of; then a line per training, with its
//                           figures; a last line that was cut off does not count
//   FOLDER/KEY.bin          the probabilities of its test rows, floats; written before the line
//                           and erased once a better lambda has taken its place
// Numbers are read back as they were, to the last bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "experiment/sweep_training.h"

namespace puente {

class SweepBook {
 public:
  /// Keeps nothing.
  SweepBook() = default;
  /// What an interrupted sweep left in `folder` counts where it has the same `identity`; else it is
  /// erased. UserError where the folder cannot be written to.
  SweepBook(std::filesystem::path folder, std::string identity);

  /// Trainings found.
  size_t found() const { return found_; }
  /// There was one of another table, version or other options.
  bool replaced_another() const { return replaced_another_; }

  std::optional<SweepTrained> find(const std::string& key) const;
  /// UserError where the disk is full.
  void add(const std::string& key, const SweepTrained& trained);
  void drop_probabilities(const std::string& key);
  /// Erases the folder: the sweep's own files are written.
  void finish();

 private:
  bool keeps() const { return !folder_.empty(); }
  std::filesystem::path file_of(const std::string& key) const;
  void write_line(const std::string& line);

  std::filesystem::path folder_;
  std::map<std::string, std::string> lines_;  // of those found, by key
  std::ofstream file_;
  size_t found_ = 0;
  bool replaced_another_ = false;
};

}  // namespace puente
