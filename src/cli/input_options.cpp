#include "cli/input_options.h"

#include "base/error.h"
#include "cli/command.h"

namespace puente::cli {

void add_images_option(CLI::App& command, std::string& images) {
  command.add_option("--images", images, "Folder that the image column's names are in")
      ->type_name("DIR");
}

void add_input_options(CLI::App& command, InputOptions& o) {
  add_images_option(command, o.images);
  command
      .add_option("--image-column", o.image_column,
                  "Column of image file names; of several, left,right, a row's vector is "
                  "the mean over its pictures")
      ->type_name("COLUMN")
      ->capture_default_str();
  command.add_option("--frame", o.frame, "Which frame of a DICOM, from 1; the first if not given")
      ->type_name("N");
  command
      .add_option("--bands", o.bands,
                  "Bands of a TIFF, from 1: one (gray) or three (red, green, blue), such as 4,3,2")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  command
      .add_option("--stretch", o.stretch,
                  "Percentiles of a band that become black and white; 2,98 if not given")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LOW,HIGH");
  add_choice<StretchOf>(command, "--stretch-of", o.stretch_of,
                        {{"image", StretchOf::image}, {"set", StretchOf::set}},
                        "Percentiles of each image, or of all images together");
  command.add_option("--text-column", o.text_column, "Column that holds the text")
      ->type_name("COLUMN");
}

void check_input_options(const InputOptions& o) {
  if (!o.prompt.empty() && !o.text_column.empty()) {
    fail("give --prompt or --text-column, not both");
  }
  if (o.bands.empty() && (!o.stretch.empty() || o.stretch_of == StretchOf::set)) {
    fail("--stretch and --stretch-of are about bands: give --bands, such as 4,3,2");
  }
  if (!o.with_images() && (o.frame || !o.bands.empty())) {
    fail("--frame and --bands are about pictures: give --images DIR");
  }
  if (!o.stretch.empty() && o.stretch.size() != 2) {
    fail("--stretch takes two percentiles, such as 2,98");
  }
  check_image_reading(reading_of(o));
}

ImageReading reading_of(const InputOptions& o) {
  ImageReading reading{.frame = o.frame, .bands = o.bands};
  if (o.stretch.size() == 2) {
    reading.stretch.low = o.stretch[0];
    reading.stretch.high = o.stretch[1];
  }
  reading.stretch.of = o.stretch_of;
  return reading;
}

Prompt prompt_of(const InputOptions& o, const Manifest& manifest) {
  Prompt prompt = o.prompt.empty() ? Prompt::of_column(o.text_column) : Prompt(o.prompt);
  for (const std::string& name : prompt.columns()) {
    manifest.column(name, o.prompt.empty() ? "--text-column" : "--prompt");
  }
  return prompt;
}

void add_encoder_options(CLI::App& command, EncoderFolders& o) {
  command
      .add_option("--encoder", o.both,
                  "Model folder as Hugging Face ships it, for images and texts")
      ->type_name("DIR");
  command.add_option("--image-encoder", o.own_image, "Another folder for the images")
      ->type_name("DIR");
  command
      .add_option("--text-encoder", o.own_text,
                  "Another folder for the texts, or a LLaMA in a .gguf file")
      ->type_name("DIR|FILE");
}

void add_skip_bad(CLI::App& command, bool& skip_bad) {
  command.add_flag("--skip-bad", skip_bad,
                   "Leave out rows whose image cannot be read instead of stopping");
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
