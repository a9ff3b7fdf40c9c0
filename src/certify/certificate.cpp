#include "certify/certificate.h"

#include <utility>

#include "base/error.h"
#include "base/resources.h"

namespace puente {
namespace {

/// What one precision gave.
struct Pass {
  std::string architecture;
  bool untrained = false;
  double load_seconds = 0;
  Encoded images, texts;  // without columns where the half is absent
};

Pass encode_all(const CertifyJob& job, const Sample& sample, EncoderParts parts,
                Precision precision, Progress& progress) {
  EncoderSettings settings = job.settings;
  settings.precision = precision;
  Pass pass;
  const Stopwatch watch;
  const LoadedEncoder encoder = load_encoder(job.folder, parts, settings);
  pass.load_seconds = watch.seconds();
  pass.architecture = encoder.architecture;
  pass.untrained = encoder.untrained;
  if (parts.text) {
    pass.texts = encode_texts(*encoder.text, sample, job.threads, progress);
  }
  if (parts.image) {
    pass.images = encode_images(*encoder.image, sample, precision, job.threads, progress);
  }
  return pass;
}

HalfCertificate compare(const Encoded& fp32, const Encoded& int8, int threads) {
  HalfCertificate half;
  half.dimension = fp32.vectors.cols();
  half.fp32 = {fp32.per_second, fp32.weight_bytes};
  half.int8 = {int8.per_second, int8.weight_bytes};
  half.parity = measure_parity(fp32.vectors, int8.vectors, threads);
  return half;
}

std::optional<Parity> parity_of(const std::optional<HalfCertificate>& half) {
  return half ? std::optional(half->parity) : std::nullopt;
}

/// Before the pictures are looked at, which may take long.
void require_halves(const std::filesystem::path& folder, EncoderParts wanted) {
  const EncoderParts there = encoder_parts(folder);
  if (wanted.image && !there.image) {
    fail("{}: this model reads no pictures; leave --images out", folder.string());
  }
  if (wanted.text && !there.text) {
    fail("{}: this model reads no texts; leave --prompt and --text-column out", folder.string());
  }
}

}  // namespace

Certificate certify(const CertifyJob& job, Progress& progress) {
  const EncoderParts parts{job.sample.images.has_value(), job.sample.texts.has_value()};
  PUENTE_ASSERT(parts.image || parts.text);
  require_halves(job.folder, parts);
  const Sample sample = draw_sample(job.sample, job.threads, progress);
  Certificate certificate;
  certificate.machine = this_machine();
  certificate.threads = job.threads;
  certificate.rows = sample.manifest.rows();
  certificate.rows_there = sample.rows_there;
  if (job.label) certificate.label = plan_label_check(*job.label, job.sample.manifest, sample);

  // One after the other, so that one set of weights is in memory.
  const Pass fp32 = encode_all(job, sample, parts, Precision::fp32, progress);
  const Pass int8 = encode_all(job, sample, parts, Precision::int8, progress);
  certificate.architecture = fp32.architecture;
  certificate.untrained = fp32.untrained;
  certificate.fp32_load_seconds = fp32.load_seconds;
  certificate.int8_load_seconds = int8.load_seconds;
  if (parts.image) certificate.image = compare(fp32.images, int8.images, job.threads);
  if (parts.text) certificate.text = compare(fp32.texts, int8.texts, job.threads);
  if (certificate.label) {
    LabelCheck& label = *certificate.label;
    const auto score = [&](const Pass& pass, Precision precision) {
      return score_label(label, sample, pass.images.vectors, pass.texts.vectors, precision,
                         job.threads, progress);
    };
    label.fp32 = score(fp32, Precision::fp32);
    label.int8 = score(int8, Precision::int8);
  }

  const std::optional<Parity> images = parity_of(certificate.image),
                              texts = parity_of(certificate.text);
  if (images) certificate.image->verdict = judge(images, std::nullopt, certificate.label);
  if (texts) certificate.text->verdict = judge(std::nullopt, texts, certificate.label);
  certificate.together = judge(images, texts, certificate.label);
  return certificate;
}

}  // namespace puente
