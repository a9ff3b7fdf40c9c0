#include "cli/training_card.h"

#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/file_status.h"
#include "results/find_results.h"
#include "results/model_card.h"

namespace puente::cli {

void write_training_card(const std::filesystem::path& folder, const Json& metrics) {
  const auto kind = metrics.contains("cost") ? ResultKind::finetune : ResultKind::train;
  const std::vector<FoundResult> found = {{kind, folder / "metrics.json", folder, "", metrics}};
  const std::string name = name_of_folder(folder);
  write_file(folder / "card.md", card_markdown(name, model_card(name, found)));
}

}  // namespace puente::cli
