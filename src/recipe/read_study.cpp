#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "align/alignment.h"
#include "base/error.h"
#include "experiment/protocol.h"
#include "experiment/sweep.h"
#include "fusion/fusion.h"
#include "recipe/recipe_section.h"
#include "recipe/study.h"

namespace puente {
namespace {

constexpr int64_t kMostSeeds = 1000;

class StudyReader {
 public:
  explicit StudyReader(const std::filesystem::path& path)
      : file_(read_placed_toml(path)), top_(file_, {}, mistakes_), folder_(path.parent_path()) {
    study_.source = path.string();
  }

  StudyReading read() {
    study_.name = top_.text("name").text;
    top_.require("name", "name = \"Two encoders for our retinas\" at the top");
    read_recipe_and_data();
    read_encoders();
    read_raw();
    read_try();
    top_.finish();
    sort_by_place(mistakes_);
    return {std::move(study_), std::move(mistakes_)};
  }

 private:
  /// From the study's own folder, unless it is absolute.
  std::string path_of(const Said& said) const {
    return said.empty() ? "" : (folder_ / said.text).string();
  }

  void read_recipe_and_data() {
    top_.require("recipe", "recipe = \"clinic.toml\", or the name of one that comes with puente");
    study_.recipe = top_.text("recipe");
    std::error_code not_there;
    const std::string beside = path_of(study_.recipe);
    if (std::filesystem::is_regular_file(beside, not_there)) study_.recipe.text = beside;
    top_.require("data", "data = \"DIR\", the folder of the data set");
    const Said data = top_.text("data");
    study_.data = path_of(data);
    if (!data.empty() && !std::filesystem::is_directory(study_.data, not_there)) {
      mistakes_.push_back({data.place, fmt::format("{}: no such folder", study_.data)});
    }
    study_.out = path_of(top_.text("out"));
  }

  void read_encoders() {
    top_.require("encoder", "[[encoder]] with folder = \"clip-vit-base-patch32\"");
    for (RecipeSection& section : top_.one_or_more("encoder")) read_encoder(section);
    std::map<std::string, std::string> of_folder;
    for (const StudyEncoder& encoder : study_.encoders) {
      const auto [place, is_new] =
          of_folder.emplace(folder_name(encoder.name.text), encoder.name.text);
      if (is_new) continue;
      mistakes_.push_back({encoder.name.place,
                           fmt::format("two encoders are called '{}'; give each a name of its own",
                                       place->second)});
    }
  }

  void read_encoder(RecipeSection& section) {
    StudyEncoder encoder;
    encoder.place = section.place();
    const Said both = section.text("folder"), image = section.text("image"),
               text = section.text("text");
    const bool given = section.has("folder") || section.has("image") || section.has("text");
    if (!given || (section.has("folder") && section.has("image") && section.has("text"))) {
      mistakes_.push_back({encoder.place,
                           "an encoder has a folder for both halves, or image and text: one for "
                           "each"});
    }
    for (const Said& said : {both, image, text}) note_absent(said);
    encoder.image = path_of(image.empty() ? both : image);
    encoder.text = path_of(text.empty() ? both : text);
    encoder.name = section.text("name");
    if (encoder.name.empty()) encoder.name = {default_name(both, image, text), encoder.place};
    const Said precision = section.text("precision");
    if (!precision.empty()) encoder.precision = precision.text;
    if (std::ranges::count(std::vector<std::string>{"fp32", "int8", "auto"}, encoder.precision) ==
        0) {
      section.mistake("precision", fmt::format("'{}' is none of \"fp32\", \"int8\" and \"auto\"",
                                               encoder.precision));
    }
    section.finish();
    study_.encoders.push_back(std::move(encoder));
  }

  void read_raw() {
    if (!top_.has("raw")) return;
    RecipeSection section = top_.section("raw");
    StudyRaw raw;
    const Said image = section.text("image"), text = section.text("text");
    for (const Said& said : {image, text}) note_absent(said);
    raw.image = path_of(image);
    raw.text = path_of(text);
    raw.scratch = section.flag("scratch");
    if (section.has("image") != section.has("text")) {
      mistakes_.push_back({section.place(), "raw has image and text: a model's folder for each"});
    } else if (image.empty() && !raw.scratch) {
      mistakes_.push_back({section.place(),
                           "raw has image and text, a model's folder for each, or scratch = true, "
                           "or both"});
    }
    section.finish();
    study_.raw = std::move(raw);
  }

  /// A mistake where it names what is not there.
  void note_absent(const Said& said) {
    std::error_code not_there;
    if (said.empty() || std::filesystem::exists(path_of(said), not_there)) return;
    mistakes_.push_back({said.place, fmt::format("{}: no such folder or file", path_of(said))});
  }

  static std::string default_name(const Said& both, const Said& image, const Said& text) {
    std::string name;
    for (const Said& said : {both, image, text}) {
      if (said.empty()) continue;
      const std::filesystem::path path(said.text);
      const std::string last =
          path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
      name += (name.empty() ? "" : "+") + last;
    }
    return name;
  }

  void read_try() {
    study_.prompts = {{"default", {}}};
    study_.fusions = {{"early", {}}, {"late", {}}};
    study_.aligns = {{"none", {}}, {std::string(kShift), {}}};
    if (!top_.has("try")) return;
    RecipeSection section = top_.section("try");
    const auto take = [&](const char* key, std::vector<Said>& list) {
      if (!section.has(key)) return;
      list = section.texts(key);
      std::set<std::string> seen;
      for (const Said& said : list) {
        if (seen.insert(folder_name(said.text)).second) continue;
        mistakes_.push_back({said.place, fmt::format("try.{} has '{}' twice", key, said.text)});
      }
    };
    take("prompts", study_.prompts);
    take("protocols", study_.protocols);
    take("fusion", study_.fusions);
    take("align", study_.aligns);
    for (const Said& said : study_.protocols)
      note_errors(said, mistakes_, [&] { ProtocolOptions::parse(said.text); });
    for (const Said& said : study_.fusions)
      note_errors(said, mistakes_, [&] { parse_fusion(said.text); });
    for (const Said& said : study_.aligns) {
      if (said.text != kShift) note_errors(said, mistakes_, [&] { AlignSpec::parse(said.text); });
    }
    if (const Said lambdas = section.text("lambda"); !lambdas.empty()) {
      study_.lambdas = lambdas.text;
      note_errors(lambdas, mistakes_, [&] { parse_lambdas(lambdas.text); });
    }
    if (section.has("seeds")) {
      study_.seeds = section.whole("seeds", 1);
      if (study_.seeds > kMostSeeds) {
        section.mistake("seeds", fmt::format("try.seeds is more than {}", kMostSeeds));
      }
    }
    if (section.has("baselines")) study_.baselines = section.flag("baselines");
    study_.despite_leaks = section.flag("despite_leaks");
    section.finish();
  }

  std::vector<RecipeMistake> mistakes_;
  PlacedToml file_;
  RecipeSection top_;
  std::filesystem::path folder_;
  Study study_;
};

}  // namespace

StudyReading read_study(const std::filesystem::path& path) { return StudyReader(path).read(); }

std::string folder_name(std::string_view name) {
  std::string result;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || c == '.' || c == '_' || c == '-';
    result += plain ? c : '-';
  }
  return result == "." || result == ".." ? "-" : result;
}

}  // namespace puente
