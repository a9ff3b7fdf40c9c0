#include "experiment/sweep_book.h"

#include <cmath>
#include <cstring>
#include <iterator>
#include <span>
#include <sstream>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "base/hash.h"
#include "formats/json.h"

namespace puente {
namespace {

constexpr const char* kTrainings = "trainings.jsonl";

Json number_json(double value) { return std::isnan(value) ? Json() : Json(value); }

double json_number(const Json& json) { return json.is_null() ? std::nan("") : json.get<double>(); }

Json book_scores(const SweepScores& scores) {
  Json json = {number_json(scores.accuracy), number_json(scores.macro_f1), number_json(scores.auc)};
  if (scores.quadratic_kappa) json.push_back(number_json(*scores.quadratic_kappa));
  return json;
}

SweepScores scores_of_book(const Json& json) {
  SweepScores scores{json_number(json.at(0)), json_number(json.at(1)), json_number(json.at(2))};
  if (json.size() > 3) scores.quadratic_kappa = json_number(json.at(3));
  return scores;
}

Json best_json(const BestOf& best) { return {number_json(best.value), best.epoch}; }

BestOf best_of_book(const Json& json) { return {json_number(json.at(0)), json.at(1).get<int>()}; }

Json line_of(const std::string& key, const SweepTrained& trained) {
  return {
      {"key", key},
      {"epoch", trained.chosen_epoch},
      {"validation", book_scores(trained.validation)},
      {"validation_loss", number_json(trained.validation_loss)},
      {"test", book_scores(trained.test)},
      {"best", Json::array({best_json(trained.best_accuracy), best_json(trained.best_macro_f1),
                            best_json(trained.best_auc), best_json(trained.best_quadratic_kappa)})},
      {"seconds", trained.seconds},
      {"rows", trained.probabilities.rows()},
      {"classes", trained.probabilities.cols()}};
}

/// Without probabilities, but with their shape.
SweepTrained trained_of(const Json& line) {
  SweepTrained trained;
  trained.chosen_epoch = line.at("epoch").get<int>();
  trained.validation = scores_of_book(line.at("validation"));
  trained.validation_loss = json_number(line.at("validation_loss"));
  trained.test = scores_of_book(line.at("test"));
  const Json& best = line.at("best");
  trained.best_accuracy = best_of_book(best.at(0));
  trained.best_macro_f1 = best_of_book(best.at(1));
  trained.best_auc = best_of_book(best.at(2));
  trained.best_quadratic_kappa = best_of_book(best.at(3));
  trained.seconds = line.at("seconds").get<double>();
  return trained;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

SweepBook::SweepBook(std::filesystem::path folder, std::string identity)
    : folder_(std::move(folder)) {
  const std::filesystem::path path = folder_ / kTrainings;
  const Json head = {{"sweep", identity}};
  if (file_exists(path)) {
    std::istringstream lines(bytes_of(path));
    std::string text;
    // A line without its end was being written when the program was stopped.
    const auto next = [&] { return std::getline(lines, text) && !lines.eof(); };
    replaced_another_ = !next() || text != head.dump();
    while (!replaced_another_ && next()) {
      try {
        lines_[Json::parse(text).at("key").get<std::string>()] = text;
      } catch (const Json::exception&) {
        break;  // nothing that this program writes
      }
    }
  }
  if (replaced_another_) {
    std::error_code failed;
    std::filesystem::remove_all(folder_, failed);
    if (failed) fail("{}: cannot be erased: {}", folder_.string(), failed.message());
  }
  found_ = lines_.size();
  make_output_folder(folder_);
  std::string whole = head.dump() + "\n";
  for (const auto& [key, line] : lines_) whole += line + "\n";
  write_file(path, whole);
  file_.open(path, std::ios::binary | std::ios::app);
}

std::filesystem::path SweepBook::file_of(const std::string& key) const {
  return folder_ / (sha256(key).hex().substr(0, 24) + ".bin");
}

std::optional<SweepTrained> SweepBook::find(const std::string& key) const {
  const auto found = lines_.find(key);
  if (found == lines_.end()) return std::nullopt;
  const Json line = Json::parse(found->second);
  SweepTrained trained = trained_of(line);
  const std::string bytes = bytes_of(file_of(key));
  Matrix probabilities(line.at("rows").get<int64_t>(), line.at("classes").get<int64_t>());
  const size_t size = static_cast<size_t>(probabilities.size()) * sizeof(float);
  if (bytes.size() == size && size > 0) {
    std::memcpy(probabilities.data(), bytes.data(), size);
    trained.probabilities = std::move(probabilities);
  }
  return trained;
}

void SweepBook::write_line(const std::string& line) {
  file_ << line << "\n" << std::flush;
  if (!file_) {
    fail("{}: cannot be written to: is the disk full?", (folder_ / kTrainings).string());
  }
}

void SweepBook::add(const std::string& key, const SweepTrained& trained) {
  if (!keeps()) return;
  const auto bytes = std::as_bytes(
      std::span(trained.probabilities.data(), static_cast<size_t>(trained.probabilities.size())));
  AtomicFile file(file_of(key));
  file.write(bytes);
  file.commit();
  write_line(line_of(key, trained).dump());
}

void SweepBook::drop_probabilities(const std::string& key) {
  if (!keeps()) return;
  std::error_code gone;
  std::filesystem::remove(file_of(key), gone);
}

void SweepBook::finish() {
  if (!keeps()) return;
  file_.close();
  std::error_code failed;
  std::filesystem::remove_all(folder_, failed);
  if (failed) fail("{}: cannot be erased: {}", folder_.string(), failed.message());
}

}  // namespace puente
