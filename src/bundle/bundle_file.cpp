#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string_view>

#include "align/alignment_file.h"
#include "align/fit_step.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "base/hash.h"
#include "bundle/bundle.h"
#include "formats/json.h"

namespace puente {
namespace {

constexpr const char* kFile = "bundle.json";
constexpr const char* kModel = "model.safetensors";
constexpr const char* kAlignment = "alignment.safetensors";
constexpr const char* kFormat = "puente bundle";
constexpr int kVersion = 1;          // of one label
constexpr int kVersionOfLabels = 2;  // of several

Json half_json(const std::optional<TrainingMoments>& half, const Json& recipe) {
  if (!half) return nullptr;
  return {{"dim", half->moments.mean.size()},
          {"rows", half->moments.rows},
          {"mean", half->moments.mean},
          {"sd", half->moments.sd},
          {"error", half->error},  // NaN becomes null
          {"recipe", recipe}};
}

Json threshold_json(const ChosenThreshold& one, const std::vector<std::string>& classes) {
  Json json = {{"class", classes[static_cast<size_t>(one.positive_class)]},
               {"wish", std::string(name_of(one.wish))},
               {"wished", one.wished},
               {"threshold", nullptr}};
  if (one.chosen) {
    const ThresholdOutcome& outcome = one.chosen->validation;
    json["threshold"] = one.chosen->threshold;
    json["validation"] = {{"true_positives", outcome.true_positives},
                          {"false_positives", outcome.false_positives},
                          {"true_negatives", outcome.true_negatives},
                          {"false_negatives", outcome.false_negatives}};
  }
  return json;
}

/// One field a line: the vectors are long.
std::string text_of(const Json& json) {
  std::string text;
  for (const auto& [key, value] : json.items()) {
    text += fmt::format("{}{}: {}", text.empty() ? "{\n" : ",\n", Json(key).dump(), value.dump());
  }
  return text + "\n}\n";
}

/// An object of the file, whose fields are asked for by name and type.
class Fields {
 public:
  /// `name`: of the object, for messages; empty for the whole file.
  Fields(const Json& json, std::string file, std::string name)
      : json_(json), file_(std::move(file)), name_(std::move(name)) {
    if (!json_.is_object()) wrong(name_, "an object");
  }

  [[noreturn]] void wrong(const std::string& what, std::string_view expected) const {
    fail("{}: damaged: {} is not {}; train again, or copy the whole folder anew", file_,
         what.empty() ? "its content" : "'" + what + "'", expected);
  }

  const Json& any(const std::string& key) const {
    if (!json_.contains(key)) {
      fail("{}: damaged: '{}' is missing; train again, or copy the whole folder anew", file_,
           path(key));
    }
    return json_[key];
  }
  bool has(const std::string& key) const { return json_.contains(key); }
  Fields object(const std::string& key) const { return {any(key), file_, path(key)}; }
  const Json& array(const std::string& key) const {
    if (!any(key).is_array()) wrong(path(key), "a list");
    return any(key);
  }
  std::string text(const std::string& key) const {
    if (!any(key).is_string()) wrong(path(key), "a text");
    return any(key).get<std::string>();
  }
  bool yes(const std::string& key) const {
    if (!any(key).is_boolean()) wrong(path(key), "true or false");
    return any(key).get<bool>();
  }
  int64_t count(const std::string& key, int64_t least) const {
    const Json& value = any(key);
    if (!value.is_number_integer() || value.get<int64_t>() < least) {
      wrong(path(key), fmt::format("a whole number of at least {}", least));
    }
    return value.get<int64_t>();
  }
  double number(const std::string& key) const {
    if (!any(key).is_number() || !std::isfinite(any(key).get<double>())) {
      wrong(path(key), "a number");
    }
    return any(key).get<double>();
  }
  std::vector<double> numbers(const std::string& key, int64_t size) const {
    const Json& list = array(key);
    if (static_cast<int64_t>(list.size()) != size ||
        !std::ranges::all_of(list, [](const Json& one) {
          return one.is_number() && std::isfinite(one.get<double>());
        })) {
      wrong(path(key), fmt::format("a list of {} numbers", size));
    }
    return list.get<std::vector<double>>();
  }
  const std::string& file() const { return file_; }
  std::string path(const std::string& key) const { return name_.empty() ? key : name_ + "." + key; }

 private:
  const Json& json_;
  std::string file_;
  std::string name_;
};

std::vector<std::string> classes_in(const Fields& fields) {
  std::vector<std::string> classes;
  for (const Json& name : fields.array("classes")) {
    if (!name.is_string() || std::ranges::count(classes, name.get<std::string>()) > 0) {
      fields.wrong(fields.path("classes"), "a list of different names");
    }
    classes.push_back(name.get<std::string>());
  }
  return classes;
}

std::optional<ClassOrder> order_in(const Fields& fields, const std::vector<std::string>& classes) {
  if (!fields.has("order") || fields.any("order").is_null()) return std::nullopt;
  std::vector<std::string> names;
  for (const Json& name : fields.array("order")) {
    names.push_back(name.is_string() ? name.get<std::string>() : "");
  }
  if (!std::ranges::is_permutation(names, classes)) {
    fields.wrong("order", "a list of the classes");
  }
  return class_order(classes, names, "");
}

struct Half {
  std::optional<TrainingMoments> training;
  Json recipe;
  int64_t dim = 0;
};

Half half_in(const Fields& whole, const std::string& name) {
  if (whole.any(name).is_null()) return {};
  constexpr int64_t kLargest = 1 << 24;
  const Fields fields = whole.object(name);
  Half half;
  half.dim = fields.count("dim", 1);
  if (half.dim > kLargest) fields.wrong(fields.path("dim"), "a width");
  TrainingMoments training;
  training.moments = {fields.count("rows", 1), fields.numbers("mean", half.dim),
                      fields.numbers("sd", half.dim)};
  if (std::ranges::min(training.moments.sd) < 0) {
    fields.wrong(fields.path("sd"), "a list of numbers from 0 up");
  }
  training.error = fields.any("error").is_null() ? std::numeric_limits<double>::quiet_NaN()
                                                 : fields.number("error");
  half.training = std::move(training);
  half.recipe = fields.any("recipe");
  if (!half.recipe.is_null() && !half.recipe.is_object()) {
    fields.wrong(fields.path("recipe"), "an object or null");
  }
  return half;
}

ChosenThreshold threshold_in(const Fields& fields, const std::vector<std::string>& classes) {
  ChosenThreshold one;
  const auto found = std::ranges::find(classes, fields.text("class"));
  if (found == classes.end()) fields.wrong(fields.path("class"), "one of the classes");
  one.positive_class = static_cast<int32_t>(found - classes.begin());
  const std::string wish = fields.text("wish");
  if (wish != name_of(Wish::sensitivity) && wish != name_of(Wish::specificity)) {
    fields.wrong(fields.path("wish"), "sensitivity or specificity");
  }
  one.wish = wish == name_of(Wish::sensitivity) ? Wish::sensitivity : Wish::specificity;
  one.wished = fields.number("wished");
  if (fields.any("threshold").is_null()) return one;
  const Fields counts = fields.object("validation");
  one.chosen = OperatingPoint{
      static_cast<float>(fields.number("threshold")),
      outcome_of(counts.count("true_positives", 0), counts.count("false_positives", 0),
                 counts.count("true_negatives", 0), counts.count("false_negatives", 0))};
  return one;
}

std::vector<SubgroupRule> subgroups_in(const Fields& fields) {
  std::vector<SubgroupRule> rules;
  if (!fields.has("subgroups")) return rules;
  const Json& list = fields.array("subgroups");
  for (size_t i = 0; i < list.size(); ++i) {
    const Fields one(list[i], fields.file(), fmt::format("subgroups[{}]", i));
    const auto size = static_cast<int64_t>(one.array("cuts").size());
    SubgroupRule rule{one.text("column"), one.numbers("cuts", size)};
    if (std::ranges::adjacent_find(rule.cuts, std::greater_equal()) != rule.cuts.end()) {
      one.wrong(one.path("cuts"), "a list of ascending numbers");
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

Fitted fitted_in(const Fields& fields, const std::vector<std::string>& classes) {
  Fitted fitted;
  if (!fields.any("temperature").is_null()) {
    fitted.temperature = fields.number("temperature");
    if (*fitted.temperature <= 0) fields.wrong(fields.path("temperature"), "a number above 0");
  }
  const Json& list = fields.array("thresholds");
  for (size_t i = 0; i < list.size(); ++i) {
    fitted.thresholds.push_back(threshold_in(
        {list[i], fields.file(), fields.path(fmt::format("thresholds[{}]", i))}, classes));
  }
  fitted.subgroups = subgroups_in(fields);
  return fitted;
}

/// The bundle's other files are there, and are those that bundle.json was written for.
void check_companion(const std::filesystem::path& file, const std::string& sha256,
                     const std::filesystem::path& bundle) {
  if (!file_exists(file)) {
    fail("{}: no such file; a bundle is a whole folder: copy it with all its files", file.string());
  }
  if (sha256_file(file).hex() != sha256) {
    fail("{}: not the file that {} belongs to; train again, or copy the whole folder anew",
         file.string(), bundle.string());
  }
}

/// Of the alignment's own file.
Alignment alignment_beside(const Fields& align, const std::filesystem::path& folder,
                           int64_t image_dim, int64_t text_dim) {
  const std::filesystem::path path = folder / kAlignment;
  if (align.text("file") != kAlignment) align.wrong("align.file", kAlignment);
  check_companion(path, align.text("sha256"), folder / kFile);
  Alignment alignment = load_alignment(path);
  if (alignment.image_dim() != image_dim || alignment.text_dim() != text_dim ||
      alignment.spec().text() != align.text("spec")) {
    align.wrong("align", "that of its file");
  }
  return alignment;
}

/// As bundles had it that know one shift: its direction is in bundle.json.
Alignment alignment_in(const Fields& fields, const std::filesystem::path& folder, int64_t image_dim,
                       int64_t text_dim) {
  const Fields align = fields.object("align");
  if (!align.has("gap")) return alignment_beside(align, folder, image_dim, text_dim);
  const std::string text = align.text("spec");
  AlignSpec spec;
  try {
    spec = AlignSpec::parse(text);
  } catch (const UserError&) {
    align.wrong("align.spec", "an alignment that this version of puente knows");
  }
  std::vector<FittedStep> steps;
  try {
    for (const AlignStep& step : spec.steps) {
      check_step(step, image_dim, text_dim, "");
      steps.push_back(sized_step(step, image_dim, text_dim));
    }
  } catch (const UserError&) {
    align.wrong("align.spec", "an alignment for vectors of these sizes");
  }
  const bool shifts = spec.has(AlignKind::shift) || spec.has(AlignKind::shift_interpolated);
  if (steps.size() > 1 || (!shifts && !steps.empty() && !spec.has(AlignKind::normalise))) {
    align.wrong("align", "an alignment with a file of its own");
  }
  const std::vector<double> gap = align.numbers("gap", shifts ? steps.front().image.outputs : 0);
  if (shifts) steps.front().image.direction = steps.front().text.direction = gap;
  return Alignment(std::move(steps), image_dim, text_dim);
}

void check_format(const Fields& fields, const std::filesystem::path& folder) {
  const Json& format = fields.any("format");
  if (format != Json(kFormat)) {
    fail("{}: not a bundle: 'format' is not '{}'; name a folder that `puente train` wrote",
         folder.string(), kFormat);
  }
  const Json& version = fields.any("version");
  if (version != Json(kVersion) && version != Json(kVersionOfLabels)) {
    fail("{}: a bundle of format version {}, and this puente reads versions {} and {}; train again",
         fields.file(), version.dump(), kVersion, kVersionOfLabels);
  }
}

void check_model(const Fields& fields, const FusionWeights& weights,
                 const std::filesystem::path& model, int64_t labels, int64_t classes,
                 const Alignment& alignment) {
  const FusionShape& shape = weights.shape;
  const int64_t image_dim = alignment.aligned_image_dim();
  const int64_t text_dim = alignment.aligned_text_dim();
  if (shape.image_dim != image_dim || shape.text_dim != text_dim || shape.classes != classes ||
      shape.labels != labels) {
    fail(
        "{}: damaged: it is for {} classes of {} + {} numbers, and {} for {} of {} + {}; train "
        "again, or copy the whole folder anew",
        fields.file(), labels * classes, image_dim, text_dim, model.string(), shape.answers(),
        shape.image_dim, shape.text_dim);
  }
}

std::optional<TrainingSummary> training_in(const Fields& whole) {
  if (!whole.has("training")) return std::nullopt;
  const Fields fields = whole.object("training");
  TrainingSummary summary;
  summary.rows = fields.count("rows", 1);
  summary.groups = fields.count("groups", 1);
  summary.validation_rows = fields.count("validation_rows", 0);
  summary.test_rows = fields.count("test_rows", 0);
  const Fields classes = fields.object("per_class");
  for (const auto& [name, rows] : fields.any("per_class").items()) {
    summary.per_class.emplace_back(name, classes.count(name, 0));
  }
  return summary;
}

AbsentHalves absent_in(const Fields& whole, const Alignment& alignment) {
  if (!whole.has("absent")) return {};
  const Fields fields = whole.object("absent");
  const auto half = [&fields](const char* name, int64_t dim) {
    const std::vector<double> mean = fields.numbers(name, dim);
    return std::vector<float>(mean.begin(), mean.end());
  };
  return {half("image", alignment.aligned_image_dim()), half("text", alignment.aligned_text_dim())};
}

std::shared_ptr<const KeptCases> cases_in(const Fields& whole, const Alignment& alignment,
                                          const std::filesystem::path& folder) {
  if (!whole.has("cases")) return nullptr;
  const Fields fields = whole.object("cases");
  if (fields.text("file") != kCaseVectors) fields.wrong("cases.file", kCaseVectors);
  if (fields.text("names") != kCaseNames) fields.wrong("cases.names", kCaseNames);
  check_companion(folder / kCaseVectors, fields.text("sha256"), folder / kFile);
  check_companion(folder / kCaseNames, fields.text("names_sha256"), folder / kFile);
  return std::make_shared<KeptCases>(load_cases(
      folder, fields.text("column"), alignment.aligned_image_dim() + alignment.aligned_text_dim()));
}

/// What is a label's own.
struct LabelFields {
  std::string label;
  std::vector<std::string> classes;
  std::optional<ClassOrder> order;
  Fitted fitted;
};

LabelFields label_in(const Fields& fields) {
  LabelFields own{fields.text("label"), classes_in(fields), {}, {}};
  own.order = order_in(fields, own.classes);
  own.fitted = fitted_in(fields, own.classes);
  return own;
}

std::vector<LabelFields> labels_in(const Fields& fields) {
  if (fields.any("version") == Json(kVersion)) return {label_in(fields)};
  std::vector<LabelFields> labels;
  const Json& list = fields.array("labels");
  for (size_t l = 0; l < list.size(); ++l) {
    const Fields one(list[l], fields.file(), fmt::format("labels[{}]", l));
    if (one.array("classes").size() != 2) one.wrong(one.path("classes"), "a list of two names");
    labels.push_back(label_in(one));
  }
  if (labels.size() < 2) fields.wrong("labels", "a list of two or more");
  return labels;
}

Json model_json(const std::filesystem::path& folder) {
  return {{"file", kModel}, {"sha256", sha256_file(folder / kModel).hex()}};
}

void add_shared(Json& json, const Bundle& bundle, const std::filesystem::path& folder) {
  save_alignment(bundle.alignment, folder / kAlignment);
  json["align"] = {{"spec", bundle.alignment.spec().text()},
                   {"file", kAlignment},
                   {"sha256", sha256_file(folder / kAlignment).hex()}};
  json["image"] = half_json(bundle.image, bundle.recipes.image);
  json["text"] = half_json(bundle.text, bundle.recipes.text);
}

/// What older bundles do not have.
void add_training(Json& json, const Bundle& bundle, const std::filesystem::path& folder) {
  if (bundle.training) json["training"] = summary_json(*bundle.training);
  const int64_t known = std::ssize(bundle.absent.image) + std::ssize(bundle.absent.text);
  if (known > 0) json["absent"] = {{"image", bundle.absent.image}, {"text", bundle.absent.text}};
  if (bundle.cases == nullptr) {
    // Of an earlier training into the same folder, which were asked for then and are not now.
    std::error_code not_there;
    for (const char* name : {kCaseVectors, kCaseNames}) {
      std::filesystem::remove(folder / name, not_there);
    }
    return;
  }
  save_cases(*bundle.cases, folder);
  json["cases"] = {{"column", bundle.cases->column},
                   {"file", kCaseVectors},
                   {"sha256", sha256_file(folder / kCaseVectors).hex()},
                   {"names", kCaseNames},
                   {"names_sha256", sha256_file(folder / kCaseNames).hex()}};
}

void add_fitted(Json& json, const Bundle& bundle) {
  json["temperature"] =
      bundle.fitted.temperature ? Json(*bundle.fitted.temperature) : Json(nullptr);
  json["thresholds"] = Json::array();
  for (const ChosenThreshold& one : bundle.fitted.thresholds) {
    json["thresholds"].push_back(threshold_json(one, bundle.classes));
  }
  json["subgroups"] = Json::array();
  for (const SubgroupRule& rule : bundle.fitted.subgroups) {
    json["subgroups"].push_back({{"column", rule.column}, {"cuts", rule.cuts}});
  }
}

}  // namespace

void save_bundle(const Bundle& bundle, const std::filesystem::path& folder) {
  Json json = {{"format", kFormat}, {"version", kVersion}, {"puente", PUENTE_VERSION}};
  json["model"] = model_json(folder);
  json["label"] = bundle.label;
  json["classes"] = bundle.classes;
  json["order"] = bundle.order ? Json(in_order(bundle.classes, *bundle.order)) : Json(nullptr);
  add_shared(json, bundle, folder);
  add_fitted(json, bundle);
  json["untrained"] = bundle.recipes.untrained;
  add_training(json, bundle, folder);
  write_file(folder / kFile, text_of(json));
}

void save_bundle(const std::vector<Bundle>& labels, const std::filesystem::path& folder) {
  PUENTE_ASSERT(labels.size() > 1);
  Json json = {{"format", kFormat}, {"version", kVersionOfLabels}, {"puente", PUENTE_VERSION}};
  json["model"] = model_json(folder);
  for (const Bundle& bundle : labels) {
    Json own = {{"label", bundle.label}, {"classes", bundle.classes}};
    add_fitted(own, bundle);
    json["labels"].push_back(own);
  }
  add_shared(json, labels.front(), folder);
  json["untrained"] = labels.front().recipes.untrained;
  add_training(json, labels.front(), folder);
  write_file(folder / kFile, text_of(json));
}

std::vector<Bundle> load_bundle(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kFile, model = folder / kModel;
  if (!is_folder(folder)) {
    fail("{}: no such folder; name one that `puente train` wrote", folder.string());
  }
  if (!file_exists(path)) {
    fail("{}: not a bundle: it has no {}; name a folder that `puente train` wrote", folder.string(),
         kFile);
  }
  const Json json = read_json(path);
  const Fields fields(json, path.string(), "");
  check_format(fields, folder);
  std::vector<LabelFields> labels = labels_in(fields);
  Half image = half_in(fields, "image"), text = half_in(fields, "text");
  const Alignment alignment = alignment_in(fields, folder, image.dim, text.dim);
  check_companion(model, fields.object("model").text("sha256"), path);
  const FusionWeights weights = load_fusion_weights(model);
  check_model(fields, weights, model, static_cast<int64_t>(labels.size()),
              static_cast<int64_t>(labels.front().classes.size()), alignment);
  const VectorRecipes recipes{image.recipe, text.recipe, fields.yes("untrained")};
  const std::optional<TrainingSummary> training = training_in(fields);
  const AbsentHalves absent = absent_in(fields, alignment);
  const std::shared_ptr<const KeptCases> cases = cases_in(fields, alignment, folder);
  std::vector<Bundle> bundles;
  for (size_t l = 0; l < labels.size(); ++l) {
    bundles.push_back(
        {std::move(labels[l].label), std::move(labels[l].classes), std::move(labels[l].order),
         labels.size() == 1 ? weights : weights_of_label(weights, static_cast<int64_t>(l)),
         alignment, std::move(labels[l].fitted), image.training, text.training, recipes, training,
         absent, cases});
  }
  return bundles;
}

}  // namespace puente
