#include "cli/study_material.h"

#include <algorithm>
#include <fmt/ranges.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/mapped_file.h"
#include "cli/recipe_mistakes.h"
#include "encoders/encoder.h"
#include "report/embed_report.h"

namespace puente::cli {
namespace {

constexpr const char* kRow = "puente_row";

std::string images_step(const StudyCombination& one) {
  return "embed images " + one.encoder->name.text;
}

std::string texts_step(const StudyCombination& one) {
  return fmt::format("embed texts {} {}", one.encoder->name.text, one.prompt_name());
}

}  // namespace

std::filesystem::path StudyCombination::base() const {
  return std::filesystem::path("runs") / folder_name(encoder->name.text) /
         (prompt == nullptr ? "images-only" : folder_name(prompt->name));
}

void add_place(std::vector<StepPlace>& places, const std::string& name,
               const std::filesystem::path& folder) {
  const auto same = [&](const StepPlace& other) { return other.name == name; };
  if (std::ranges::none_of(places, same)) places.push_back({name, folder});
}

StudyMaterial::StudyMaterial(const std::string& file, const std::string& out, Progress& progress)
    : progress_(progress) {
  StudyReading reading = read_study(file);
  mistakes_ = std::move(reading.mistakes);
  study_ = std::move(reading.study);
  refuse();
  out_ = out.empty() ? study_.out : out;
  if (out_.empty()) fail("{}: no 'out', the folder for the results; or give --out", file);
}

void StudyMaterial::refuse() { refuse_mistakes(mistakes_, study_.source, progress_); }

void StudyMaterial::combine() {
  recipe_ = recipe_named(study_.recipe.text, progress_);
  if (study_.protocols.empty()) study_.protocols.push_back(recipe_.protocol);
  for (const Said& name : study_.prompts) {
    if (const NamedPrompt* prompt = recipe_.prompt(name.text)) {
      prompts_.push_back(prompt);
    } else if (name.place.line > 0) {
      Words names;
      for (const NamedPrompt& named : recipe_.prompts) names.push_back(named.name);
      mistake(name.place,
              fmt::format("{} has no prompt '{}'; it has {}", recipe_.source, name.text,
                          names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
    }
  }
  for (const StudyEncoder& encoder : study_.encoders) combine_with(encoder);
}

void StudyMaterial::combine_with(const StudyEncoder& encoder) {
  bool image = recipe_.image.has_value() && !encoder.image.empty();
  bool text = !prompts_.empty() && !encoder.text.empty();
  try {
    // A folder for both halves may be a model of one.
    image = image && encoder_parts(encoder.image).image;
    text = text && encoder_parts(encoder.text).text;
  } catch (const UserError& error) {
    return mistake(encoder.place, error.what());
  }
  if (!image && !text) {
    return mistake(encoder.place,
                   fmt::format("encoder '{}' has nothing to embed: the recipe {} images and {} "
                               "prompts, and the encoder reads the other",
                               encoder.name.text, recipe_.image ? "has" : "has no",
                               prompts_.empty() ? "no" : "has"));
  }
  for (const Said& protocol : study_.protocols) {
    if (!text) combinations_.push_back({&encoder, nullptr, image, protocol.text});
    for (size_t i = 0; text && i < prompts_.size(); ++i) {
      combinations_.push_back({&encoder, prompts_[i], image, protocol.text});
    }
  }
}

void StudyMaterial::prepare() {
  data_.prepare(recipe_, study_.data, progress_);
  data_.number_rows(kRow);
}

void StudyMaterial::write() {
  data_.write(out_);
  write_file(out_ / "study.toml", std::string(MappedFile(study_.source).text()));
}

void StudyMaterial::add_embed_places(const StudyCombination& one,
                                     std::vector<StepPlace>& places) const {
  if (one.with_images) add_place(places, images_step(one), {});
  if (one.prompt != nullptr) add_place(places, texts_step(one), {});
}

void StudyMaterial::do_step(StepRunner& steps, const std::string& name, Words words, Json inputs,
                            std::vector<std::filesystem::path> outputs) const {
  const bool own = outputs.front().parent_path() == out_ / name;
  steps.run({{name, own ? out_ / name : std::filesystem::path()},
             std::move(words),
             std::move(inputs),
             std::move(outputs)});
}

const Json& StudyMaterial::fingerprint(const std::string& folder) {
  auto [known, is_new] = fingerprints_.try_emplace(folder);
  if (is_new) known->second = encoder_fingerprint(folder);
  return known->second;
}

const StudyMaterial::MadeTable& StudyMaterial::embedded(
    const std::string& name, const std::string& encoder, const StudyEncoder& owner,
    const std::string& key, const std::string& file, Words words, Json inputs, StepRunner& steps) {
  const std::string shared = fmt::format("{}\n{}\n{}", encoder, owner.precision, key);
  auto [known, is_new] = tables_.try_emplace(shared);
  if (!is_new) return known->second;
  const std::filesystem::path folder = out_ / "embeddings" / folder_name(owner.name.text);
  make_output_folder(folder);
  const std::filesystem::path table = folder / (file + ".safetensors");
  words.insert(words.begin(),
               {"embed", "--manifest", data_.manifest_file.string(), "--out", table.string()});
  append_words(words, {"--precision", owner.precision});
  inputs["manifest"] = data_.manifest_hash;
  inputs["encoder"] = fingerprint(encoder);
  const std::string made_by = sha256(Json::array({words, inputs}).dump()).hex();
  do_step(steps, name, std::move(words), std::move(inputs), {table, folder / (file + ".csv")});
  known->second = {table.string(), name, {{"embed", made_by}, {"table", sha256_file(table).hex()}}};
  return known->second;
}

EmbeddingTables StudyMaterial::embed(const StudyCombination& one, StepRunner& steps) {
  EmbeddingTables tables;
  tables.inputs = {{"facts", sha256_file(data_.facts_file).hex()}};
  const auto add = [&](const char* half, const MadeTable& made) {
    tables.files.push_back(made.file);
    tables.steps.push_back(made.step);
    tables.inputs[half] = made.inputs;
  };
  if (one.with_images) {
    Words words = image_words(recipe_, study_.data);
    append_option(words, "--image-encoder", one.encoder->image);
    add("images", embedded(images_step(one), one.encoder->image, *one.encoder, "images", "images",
                           std::move(words), {{"images", data_.pictures}}, steps));
  }
  if (one.prompt != nullptr) {
    Words words = text_words(recipe_, *one.prompt);
    append_option(words, "--text-encoder", one.encoder->text);
    add("texts", embedded(texts_step(one), one.encoder->text, *one.encoder, one.prompt->name,
                          "texts-" + folder_name(one.prompt->name), std::move(words),
                          Json::object(), steps));
  }
  tables.words = tables.files;
  if (tables.files.size() > 1) {
    tables.two_sizes = find_embed_report(tables.files[0]).value_or(Json()).value("image_dim", 0) !=
                       find_embed_report(tables.files[1]).value_or(Json()).value("text_dim", 0);
    append_words(tables.words, {"--id", kRow});
  }
  return tables;
}

}  // namespace puente::cli
