#include "finetune/checkpoint.h"

#include <algorithm>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "formats/json.h"

namespace puente {
namespace {

constexpr const char* kFormat = "puente finetune 1";
constexpr const char* kBook = "book.json";

Json epoch_json(const FinetuneEpoch& epoch) {
  const Matrix& p = epoch.probabilities;
  return {{"train_loss", epoch.train_loss},
          {"train_seconds", epoch.train_seconds},
          {"inference_seconds", epoch.inference_seconds},
          {"validation_loss", epoch.validation_loss},
          {"rows", p.rows()},
          {"probabilities", std::vector<float>(p.data(), p.data() + p.size())}};
}

FinetuneEpoch epoch_of(const Json& json) {
  FinetuneEpoch epoch{json.at("train_loss"),
                      json.at("train_seconds"),
                      json.at("inference_seconds"),
                      json.at("validation_loss"),
                      {}};
  const auto values = json.at("probabilities").get<std::vector<float>>();
  const int64_t rows = json.at("rows");
  if (rows <= 0 || static_cast<int64_t>(values.size()) % rows != 0) {
    fail("an epoch's probabilities do not fit its rows");
  }
  epoch.probabilities = Matrix(rows, static_cast<int64_t>(values.size()) / rows);
  std::ranges::copy(values, epoch.probabilities.data());
  return epoch;
}

}  // namespace

std::optional<FinetunePlace> FinetuneCheckpoint::load(FinetuneTrainer& trainer) const {
  const std::filesystem::path file = folder_ / kBook;
  if (!is_file(file)) {
    std::filesystem::remove_all(folder_);  // states without a book are what a kill has left
    return std::nullopt;
  }
  const Json book = read_json(file);
  if (book.value("format", "") != kFormat || book.value("identity", "") != identity_) {
    fail(
        "{}: holds a training of other data or options, not yet finished; give its own command to "
        "go on with it, another --out, or remove the folder",
        folder_.string());
  }
  try {
    FinetunePlace place;
    place.epoch = book.at("epoch");
    place.batch = book.at("batch");
    place.loss_sum = book.at("loss_sum");
    place.train_seconds = book.at("train_seconds");
    place.best = book.at("best").get<std::string>();
    for (const Json& epoch : book.at("records")) place.epochs.push_back(epoch_of(epoch));
    trainer.load(state(book.at("state").get<std::string>()));
    return place;
  } catch (const Json::exception& error) {
    fail("{}: is damaged ({}); remove the folder {}", file.string(), error.what(),
         folder_.string());
  }
}

void FinetuneCheckpoint::save(const FinetuneTrainer& trainer, bool best,
                              FinetunePlace& place) const {
  std::filesystem::create_directories(folder_);
  const std::string name = fmt::format("state-{}", trainer.steps_taken());
  // A state that is there is this one: steps make it, and nothing else does.
  if (!is_file(state(name))) trainer.save(state(name));
  if (best) place.best = name;
  Json book = {{"format", kFormat},
               {"identity", identity_},
               {"state", name},
               {"best", place.best},
               {"epoch", place.epoch},
               {"batch", place.batch},
               {"loss_sum", place.loss_sum},
               {"train_seconds", place.train_seconds},
               {"records", Json::array()}};
  for (const FinetuneEpoch& epoch : place.epochs) book["records"].push_back(epoch_json(epoch));
  write_file(folder_ / kBook, book.dump());
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::filesystem::path& path = entry.path();
    if (path.filename() != kBook && path != state(name) && path != state(place.best)) {
      std::filesystem::remove(path);
    }
  }
}

void FinetuneCheckpoint::load_best(const FinetunePlace& place, FinetuneTrainer& trainer) const {
  PUENTE_ASSERT(!place.best.empty());
  trainer.load(state(place.best));
}

void FinetuneCheckpoint::remove() const {
  std::error_code ignored;
  std::filesystem::remove(folder_ / kBook, ignored);  // first: what is left is no checkpoint
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace puente
