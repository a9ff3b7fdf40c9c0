#include "cli/recipe_mistakes.h"

#include "base/error.h"

namespace puente::cli {

void refuse_mistakes(const std::vector<RecipeMistake>& mistakes, const std::string& source,
                     Progress& progress) {
  if (mistakes.empty()) return;
  for (size_t i = 0; i + 1 < mistakes.size(); ++i) progress.problem(text_of(mistakes[i], source));
  const std::string count =
      mistakes.size() == 1 ? "" : fmt::format(" ({} mistakes in all)", mistakes.size());
  fail("{}{}", text_of(mistakes.back(), source), count);
}

}  // namespace puente::cli
