#include "cli/input_options.h"

#include "base/error.h"
#include "cli/command.h"

namespace puente::cli {

void add_input_options(CLI::App& command, InputOptions& o) {
  command.add_option("--images", o.images, "Folder that the image column's names are in")
      ->type_name("DIR");
  command.add_option("--image-column", o.image_column, "Column of image file names")
      ->type_name("COLUMN")
      ->capture_default_str();
  command.add_option("--text-column", o.text_column, "Column that holds the text")
      ->type_name("COLUMN");
}

void check_input_options(const InputOptions& o) {
  if (!o.prompt.empty() && !o.text_column.empty()) {
    fail("give --prompt or --text-column, not both");
  }
}

Prompt prompt_of(const InputOptions& o, const Manifest& manifest) {
  Prompt prompt = o.prompt.empty() ? Prompt::of_column(o.text_column) : Prompt(o.prompt);
  for (const std::string& name : prompt.columns()) {
    manifest.column(name, o.prompt.empty() ? "--text-column" : "--prompt");
  }
  return prompt;
}

void add_vector_options(CLI::App& command, EncoderSettings& settings) {
  add_choice<std::optional<Pool>>(
      command, "--image-pool", settings.image_pool,
      {{"cls", Pool::cls}, {"mean", Pool::mean}, {"pooler", Pool::pooler}},
      "Which vector stands for an image; what the model means, if not given");
  add_choice<std::optional<Pool>>(
      command, "--text-pool", settings.text_pool,
      {{"last", Pool::last}, {"mean", Pool::mean}, {"cls", Pool::cls}, {"pooler", Pool::pooler}},
      "Which vector stands for a text");
  command.add_flag("--normalize", settings.normalise, "Vectors to unit length");
}

}  // namespace puente::cli
