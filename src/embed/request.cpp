#include "embed/request.h"

#include <algorithm>

#include "base/resources.h"

namespace puente {
namespace {

LoadedEncoder load_texts(const EmbedRequest& request) {
  return load_encoder(request.text_encoder.folder, {.image = false, .text = true},
                      request.text_encoder.settings);
}

}  // namespace

RequestEncoders load_encoders(const EmbedRequest& request) {
  const EncoderSettings &images = request.image_encoder.settings,
                        &texts = request.text_encoder.settings;
  RequestEncoders loaded;
  if (request.one_folder() && images.precision == texts.precision &&
      images.normalise == texts.normalise) {
    EncoderSettings both = images;
    both.text_pool = texts.text_pool;
    loaded.first = load_encoder(request.image_encoder.folder, {.image = true, .text = true}, both);
    return loaded;
  }
  if (request.job.images) {
    loaded.first =
        load_encoder(request.image_encoder.folder, {.image = true, .text = false}, images);
  }
  if (request.job.texts) loaded.second = load_texts(request);
  return loaded;
}

std::vector<std::string> EmbedRequest::precision_why() const {
  std::vector<std::string> lines;
  for (const EncoderChoice* choice : {&image_encoder, &text_encoder}) {
    const std::string& line = choice->precision_why;
    if (!line.empty() && std::ranges::count(lines, line) == 0) lines.push_back(line);
  }
  return lines;
}

EmbedReport embed(const EmbedRequest& request, Progress& progress) {
  const Stopwatch watch;
  const RequestEncoders loaded = load_encoders(request);
  const double load_seconds = watch.seconds();
  EmbedReport report = embed(request.job, loaded.encoders(), progress);
  report.load_seconds = load_seconds;
  report.untrained = loaded.untrained();
  return report;
}

EmbedPlan plan_texts(const EmbedRequest& request) {
  return plan_texts(request.job, *load_texts(request).text);
}

}  // namespace puente
