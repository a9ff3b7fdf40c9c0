#include "align/alignment_file.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "align/fit_step.h"
#include "base/error.h"
#include "formats/safetensors.h"

namespace puente {
namespace {

constexpr const char* kFormat = "puente alignment";
constexpr int64_t kLargestDim = 1 << 20;

/// A part of a half that holds numbers.
struct Part {
  const char* name;
  std::vector<int64_t> shape;
};

/// Those that the step has, with the names that the file gives them.
std::vector<Part> parts_of(AlignKind kind, const FittedHalf& half, bool is_text) {
  if (half.inputs == 0) return {};
  const std::vector<int64_t> in = {half.inputs}, out = {half.outputs},
                             map = {half.outputs, half.inputs};
  if (is_shift(kind)) return {{"direction", out}};
  switch (kind) {
    case AlignKind::centre:
      return {{"mean", in}};
    case AlignKind::standardise:
      return {{"mean", in}, {"scale", in}};
    case AlignKind::whiten:
    case AlignKind::pca:
    case AlignKind::cca:
      return {{"mean", in}, {"map", map}};
    case AlignKind::procrustes:
      if (is_text) return {{"map", map}};
      return {};
    case AlignKind::ridge:
      if (is_text) return {{"mean", in}, {"map", map}, {"offset", out}};
      return {};
    default:
      return {};
  }
}

/// Its numbers; `make` gives it room first.
std::span<double> numbers_of(FittedHalf& half, const Part& part, bool make) {
  const std::string_view name = part.name;
  if (name == "map") {
    if (make) half.map = BasicMatrix<double>(part.shape[0], part.shape[1]);
    return {half.map.data(), static_cast<size_t>(half.map.size())};
  }
  std::vector<double>& values = name == "mean"     ? half.mean
                                : name == "scale"  ? half.scale
                                : name == "offset" ? half.offset
                                                   : half.direction;
  if (make) values.resize(static_cast<size_t>(part.shape[0]));
  return values;
}

/// Calls visit(name, half, part) for all there are, in the order of the file.
template <class Visit>
void visit_parts(std::vector<FittedStep>& steps, const Visit& visit) {
  for (size_t s = 0; s < steps.size(); ++s) {
    for (const bool is_text : {false, true}) {
      FittedHalf& half = is_text ? steps[s].text : steps[s].image;
      for (const Part& part : parts_of(steps[s].step.kind, half, is_text)) {
        visit(fmt::format("{}.{}.{}", s, is_text ? "text" : "image", part.name), half, part);
      }
    }
  }
}

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& what) {
  fail("{}: damaged: {}; train again, or copy the whole folder anew", path.string(), what);
}

class Metadata {
 public:
  explicit Metadata(const SafetensorsFile& file) : file_(file) {}
  const std::string& text(const std::string& key) const {
    const auto found = file_.metadata().find(key);
    if (found == file_.metadata().end())
      damaged(file_.path(), fmt::format("its metadata has no '{}'", key));
    return found->second;
  }
  template <class T>
  T number(const std::string& key) const {
    const std::string& value = text(key);
    T number{};
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size()) {
      damaged(file_.path(), fmt::format("metadata '{}' is '{}'", key, value));
    }
    return number;
  }
  int64_t dim(const std::string& key) const {
    const auto value = number<int64_t>(key);
    if (value < 0 || value > kLargestDim)
      damaged(file_.path(), fmt::format("metadata '{}' is {}", key, value));
    return value;
  }

 private:
  const SafetensorsFile& file_;
};

/// Steps without their numbers.
std::vector<FittedStep> sized_steps(const AlignSpec& spec, int64_t image_dim, int64_t text_dim,
                                    const std::string& where) {
  std::vector<FittedStep> steps;
  for (const AlignStep& step : spec.steps) {
    check_step(step, image_dim, text_dim, where);
    steps.push_back(sized_step(step, image_dim, text_dim));
    image_dim = steps.back().image.outputs;
    text_dim = steps.back().text.outputs;
  }
  return steps;
}

void read_numbers(const SafetensorsFile& file, const std::string& name, FittedHalf& half,
                  const Part& part) {
  const TensorInfo* tensor = file.find(name);
  if (tensor == nullptr) damaged(file.path(), fmt::format("no tensor {}", name));
  if (tensor->dtype != DType::kF64 || tensor->shape != part.shape) {
    damaged(file.path(),
            fmt::format("tensor {} is {} {}, expected F64 {}", name, dtype_name(tensor->dtype),
                        shape_text(tensor->shape), shape_text(part.shape)));
  }
  const std::span<double> values = numbers_of(half, part, true);
  std::memcpy(values.data(), tensor->bytes.data(), tensor->bytes.size());
  for (const double value : values) {
    if (!std::isfinite(value)) {
      damaged(file.path(), fmt::format("tensor {} has a number that is not finite", name));
    }
  }
}

}  // namespace

void save_alignment(const Alignment& alignment, const std::filesystem::path& path) {
  std::vector<FittedStep> steps(alignment.steps().begin(), alignment.steps().end());
  std::vector<TensorSpec> specs;
  visit_parts(steps, [&](const std::string& name, FittedHalf&, const Part& part) {
    specs.push_back({name, DType::kF64, part.shape});
  });
  std::map<std::string, std::string> metadata = {
      {"format", kFormat},
      {"spec", alignment.spec().text()},
      {"image_dim", std::to_string(alignment.image_dim())},
      {"text_dim", std::to_string(alignment.text_dim())}};
  if (alignment.learns_lambda()) metadata["lambda"] = fmt::format("{}", alignment.lambda());
  SafetensorsWriter writer(path, specs, metadata);
  visit_parts(steps, [&](const std::string&, FittedHalf& half, const Part& part) {
    writer.write(std::as_bytes(numbers_of(half, part, false)));
  });
  writer.commit();
}

Alignment load_alignment(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  const Metadata metadata(file);
  if (metadata.text("format") != kFormat) damaged(path, "it is no alignment");
  AlignSpec spec;
  try {
    spec = AlignSpec::parse(metadata.text("spec"));
  } catch (const UserError& error) {
    damaged(path, error.what());
  }
  const int64_t image_dim = metadata.dim("image_dim"), text_dim = metadata.dim("text_dim");
  std::vector<FittedStep> steps = sized_steps(spec, image_dim, text_dim, path.string());
  visit_parts(steps, [&](const std::string& name, FittedHalf& half, const Part& part) {
    read_numbers(file, name, half, part);
  });
  Alignment alignment(std::move(steps), image_dim, text_dim);
  if (alignment.learns_lambda()) {
    const auto lambda = metadata.number<double>("lambda");
    if (!std::isfinite(lambda)) damaged(path, "its lambda is not finite");
    alignment.set_lambda(lambda);
  }
  return alignment;
}

}  // namespace puente
