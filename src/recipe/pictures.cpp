// Finding the pictures of the rows.
#include <algorithm>
#include <deque>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/file_status.h"
#include "base/folder_contents.h"
#include "base/interrupt.h"
#include "embed/image_finder.h"
#include "recipe/steps.h"
#include "text/prompt.h"

namespace puente {
namespace {

/// A template, with the columns that fill it.
struct NameTemplate {
  Prompt prompt;
  std::vector<const Column*> columns;
};

/// Those whose columns are all there; a mistake if there is none.
std::vector<NameTemplate> usable_templates(const std::vector<Said>& files, Preparation& work) {
  std::vector<NameTemplate> usable;
  for (const Said& file : files) {
    NameTemplate name{Prompt(file.text), {}};
    for (const std::string& column : name.prompt.columns()) {
      name.columns.push_back(work.out.manifest.find(column));
    }
    if (std::ranges::count(name.columns, nullptr) == 0) usable.push_back(std::move(name));
  }
  if (usable.empty()) {
    for (const std::string& column : columns_of(files.front())) {
      if (work.column({column, files.front().place}) == nullptr) break;
    }
  }
  return usable;
}

std::vector<std::string> names_of_row(const std::vector<NameTemplate>& templates, size_t row,
                                      const Manifest& manifest) {
  std::vector<std::string> names;
  for (const NameTemplate& name : templates) {
    std::vector<std::string_view> values;
    for (const Column* column : name.columns) values.push_back(column->values[row]);
    try {
      names.push_back(name.prompt.render(values, manifest.lines[row], manifest.source));
    } catch (const UserError&) {
      continue;  // the row does not say; another template may
    }
  }
  return names;
}

TomlPlace place_of(const ImageRecipe& image) {
  return image.file.empty() ? image.views.front().place : image.file.front().place;
}

void judge_absent(const ImageRecipe& image, const std::vector<std::string>& absent,
                  const std::vector<std::string>& folders, Preparation& work) {
  const size_t rows = work.out.manifest.lines.size();
  std::vector<std::string> some(absent.begin(),
                                absent.begin() + std::min<std::ptrdiff_t>(3, std::ssize(absent)));
  if (absent.size() == rows) {
    std::vector<std::string> there;
    for (const std::string& folder : folders) {
      const std::filesystem::path path = work.data / folder;
      there.push_back(is_folder(path)
                          ? fmt::format("in {} there are {}", path.string(), folder_contents(path))
                          : fmt::format("{} is no folder", path.string()));
    }
    work.mistake(place_of(image),
                 fmt::format("none of the {} rows' images is there: looked for {}; {}", rows,
                             fmt::join(some, ", "), fmt::join(there, "; ")));
    return;
  }
  const std::string what =
      fmt::format("{} of {} rows have no image: {}{}", absent.size(), rows, fmt::join(some, ", "),
                  absent.size() > some.size() ? ", ..." : "");
  if (image.leave_out_absent) {
    work.note(what + "; they are left out");
  } else {
    work.mistake(place_of(image), what + "; if that is known, say image.absent = \"leave out\"");
  }
}

/// Where the pictures of rows are looked for.
class Folders {
 public:
  Folders(const ImageRecipe& image, const std::filesystem::path& data)
      : data_(data.lexically_normal()) {
    for (const Said& folder : image.folders) names_.push_back(folder.text);
    if (names_.empty()) names_.emplace_back();
    for (const std::string& name : names_) {
      if (is_folder(data / name)) finders_.emplace_back(data / name);
    }
  }

  const std::vector<std::string>& names() const { return names_; }

  /// The first of these names that is there, as a path from the data folder. Else empty, and
  /// `problem` says what was looked for.
  std::string find(const std::vector<std::string>& names, std::string& problem) const {
    problem = names.front();
    for (const std::string& name : names) {
      for (const ImageFinder& finder : finders_) {
        const ImageFinder::Found file = finder.find(name);
        if (!file.path.empty()) {
          return file.path.lexically_normal().lexically_relative(data_).generic_string();
        }
        if (file.is_ambiguous) problem = file.problem;
      }
    }
    return "";
  }

 private:
  std::filesystem::path data_;
  std::vector<std::string> names_;
  std::deque<ImageFinder> finders_;
};

}  // namespace

std::vector<std::string> image_column_names(const ImageRecipe& image) {
  if (image.views.empty()) return {"puente_image"};
  std::vector<std::string> names;
  for (size_t i = 0; i < image.views.size(); ++i) {
    names.push_back(fmt::format("puente_image_{}", i + 1));
  }
  return names;
}

void find_pictures(Preparation& work) {
  const ImageRecipe& image = *work.recipe.image;
  std::vector<std::vector<NameTemplate>> views;
  if (image.views.empty()) views.push_back(usable_templates(image.file, work));
  for (const Said& view : image.views) views.push_back(usable_templates({view}, work));
  if (std::ranges::any_of(views, [](const auto& view) { return view.empty(); })) return;

  const Manifest& manifest = work.out.manifest;
  const Folders folders(image, work.data);
  std::vector<Column> columns;
  for (const std::string& name : image_column_names(image)) columns.push_back({name, {}});
  std::vector<std::string> absent;
  std::vector<char> kept;
  for (size_t row = 0; row < manifest.lines.size(); ++row) {
    check_interrupt();
    std::string problem = fmt::format("line {}: no name", manifest.lines[row]);
    bool complete = true, any = false;
    for (size_t view = 0; view < views.size(); ++view) {
      const std::vector<std::string> names = names_of_row(views[view], row, manifest);
      std::string path = names.empty() ? "" : folders.find(names, problem);
      complete = complete && (names.empty() || !path.empty());
      any = any || !path.empty();
      columns[view].values.push_back(std::move(path));
    }
    if (!complete || !any) absent.push_back(problem);
    kept.push_back(complete && any);
  }
  for (Column& column : columns) {
    column_or_new(work.out.manifest, column.name).values = std::move(column.values);
  }
  if (absent.empty()) return;
  judge_absent(image, absent, folders.names(), work);
  if (work.out.mistakes.empty()) work.keep_rows(kept);
}

}  // namespace puente
