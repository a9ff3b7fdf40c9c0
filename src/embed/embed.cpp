#include "embed/embed.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/mapped_file.h"
#include "base/resources.h"
#include "base/threads.h"
#include "embed/fit_stretch.h"
#include "embed/image_files.h"
#include "embed/mean_vector.h"
#include "embed/spill.h"
#include "embed/texts.h"
#include "encoders/llama_checkpoint.h"
#include "image/load.h"
#include "image/perceptual_hash.h"
#include "image/preprocess.h"
#include "store/picture_facts.h"
#include "store/table_io.h"

namespace puente {
namespace {

/// ": all or a part of 'site' in 12 rows, ...; 3.1 % of the words"
std::string described(const LostText& lost) {
  std::string text;
  for (const LostText::Field& field : lost.fields) {
    text += fmt::format("{} '{}' in {} row{}", text.empty() ? ": all or a part of" : ",",
                        field.column, field.rows, field.rows == 1 ? "" : "s");
  }
  return text + fmt::format(
                    "; {:.1f} % of the words",
                    100.0 * static_cast<double>(lost.words_lost) / static_cast<double>(lost.words));
}

void encode_texts(const EmbedJob& job, const TextEncoder& encoder, const Texts& texts, Spill& spill,
                  EmbedReport& report, Progress& progress) {
  const std::vector<TokenizedText> tokens = tokenize(texts, encoder, job.texts->truncate);
  for (const TokenizedText& text : tokens) {
    report.tokens += text.length;
    report.longest_text = std::max(report.longest_text, text.full_length);
  }
  report.truncated_texts = count_truncated(texts, tokens);
  if (report.truncated_texts > 0) {
    report.lost = lost_text(job.manifest, job.texts->prompt, texts, tokens, encoder,
                            job.texts->truncate, job.threads);
  }
  report.texts = static_cast<int64_t>(texts.texts.size());
  report.vocabulary = fit_of_vocabulary(job.manifest, job.texts->language, texts, tokens, encoder);
  const TextWork work{job.threads, job.memory, job.out};
  report.plan = encoder.encode_all(
      tokens, work,
      [&](int64_t first, MatrixView<const float> vectors) { spill.write(first, vectors); },
      progress);
  if (report.truncated_texts > 0) {
    progress.note(fmt::format(
        "{} of {} texts are longer than the {} tokens that the encoder reads and lost their {} "
        "(longest: {} tokens){}",
        report.truncated_texts, texts.of_row.size(), encoder.max_tokens(),
        job.texts->truncate == Truncate::end ? "end" : "beginning", report.longest_text,
        described(report.lost)));
  }
  for (const std::string& line : cautions_of(report.vocabulary)) progress.note(line);
}

/// A picture whose structure is whole may still turn out to be broken inside. Its rows become bad
/// ones under skip_bad; otherwise the UserError goes up. Returns what each file is.
std::vector<PictureFacts> encode_images(const EmbedJob& job, const ImageReading& reading,
                                        const ImageEncoder& encoder, ImageFiles& images,
                                        Spill& spill, Progress& progress) {
  const PixelRecipe recipe =
      job.images->squash ? squashed(encoder.pixel_recipe()) : encoder.pixel_recipe();
  const auto count = static_cast<int64_t>(images.files.size());
  const int64_t pixels_per_image = int64_t{3} * recipe.height() * recipe.width();

  std::vector<PictureFacts> facts(images.files.size());
  const LoadOptions load{job.images->exif, job.images->jpeg, reading};
  std::vector<EncoderWorker> workers(static_cast<size_t>(job.threads));
  std::mutex mutex;
  std::unordered_map<int32_t, std::string> broken;
  progress.begin("encoding images", "images", count);
  const int64_t at_once = encoder.batch();
  parallel_for((count + at_once - 1) / at_once, job.threads, [&](int64_t item, int worker) {
    check_interrupt();
    const int64_t first = item * at_once;
    const int64_t size = std::min(at_once, count - first);
    std::vector<float> pixels(static_cast<size_t>(size * pixels_per_image));
    for (int64_t i = 0; i < size; ++i) {
      try {
        const MappedFile file(images.files[static_cast<size_t>(first + i)]);
        const LoadedPicture picture =
            load_picture(file.bytes(), file.path().string(), recipe, load);
        normalise(picture.cropped, recipe,
                  std::span(pixels).subspan(static_cast<size_t>(i * pixels_per_image),
                                            static_cast<size_t>(pixels_per_image)));
        const PerceptualHash hash = perceptual_hash(picture.cropped);
        facts[static_cast<size_t>(first + i)] = {picture.size.width, picture.size.height,
                                                 static_cast<int64_t>(file.bytes().size()),
                                                 hash.coarse, hash.fine};
      } catch (const UserError& error) {
        if (!job.skip_bad) throw;
        const std::lock_guard lock(mutex);
        broken.emplace(static_cast<int32_t>(first + i), error.what());
      }
    }
    Matrix vectors(size, encoder.dimension());
    encoder.encode(workers[static_cast<size_t>(worker)], pixels, vectors.view());
    spill.write(first, vectors);
    progress.advance(size);
  });
  progress.end();
  for (size_t row = 0; row < images.of_row.size(); ++row) {
    for (const int32_t picture : images.of_row[row]) {
      const auto found = broken.find(picture);
      if (found == broken.end()) continue;
      progress.problem(fmt::format("{}: line {}: {}; its row is left out", job.manifest.source,
                                   job.manifest.lines[row], found->second));
      images.of_row[row].clear();
      break;
    }
  }
  return facts;
}

/// Notes every bad picture; throws unless they may be left out.
void judge_bad_images(const EmbedJob& job, const ImageFiles& images, Progress& progress) {
  if (images.bad.empty()) return;
  for (const BadImage& bad : images.bad) progress.problem(bad.problem);
  const auto bad = static_cast<int64_t>(images.bad.size());
  if (!job.skip_bad) {
    fail(
        "{}: {} of {} images cannot be read (listed above); repair them, or leave their rows out "
        "with --skip-bad",
        job.manifest.source, bad, job.manifest.rows());
  }
  if (bad == job.manifest.rows()) {
    fail("{}: none of the {} images can be read (listed above)", job.manifest.source, bad);
  }
  progress.note(fmt::format("{} of {} rows are left out because their image cannot be read", bad,
                            job.manifest.rows()));
}

std::vector<Column> select_rows(const std::vector<Column>& columns,
                                const std::vector<int64_t>& rows) {
  std::vector<Column> result;
  for (const Column& column : columns) {
    Column& kept = result.emplace_back(Column{column.name, {}});
    kept.values.reserve(rows.size());
    for (int64_t row : rows) kept.values.push_back(column.values[static_cast<size_t>(row)]);
  }
  return result;
}

/// Of every picture of the rows.
std::unique_ptr<AtomicFile> stage_facts(const EmbedJob& job, const ImageFiles& images,
                                        const std::vector<int64_t>& rows,
                                        const std::vector<PictureFacts>& of_file) {
  const std::vector<const Column*> columns = image_columns(job.manifest, job.images->column);
  std::vector<std::string> names;
  std::vector<PictureFacts> facts;
  for (const int64_t row : rows) {
    const auto i = static_cast<size_t>(row);
    for (const Column* column : columns) {
      if (!is_missing(column->values[i])) names.push_back(column->values[i]);
    }
    for (const int32_t file : images.of_row[i]) facts.push_back(of_file[static_cast<size_t>(file)]);
  }
  return stage_picture_facts(job.out, job.images->column, names, facts);
}

/// Of the row's pictures; valid until the next call. `mean` is room for it.
std::span<const float> mean_of(Spill& vectors, const std::vector<int32_t>& pictures,
                               MeanVector& mean) {
  mean.clear();
  for (const int32_t picture : pictures) mean.add(vectors.row(picture));
  return mean.mean();
}

void protect_manifest(const EmbedJob& job) {
  std::vector<std::filesystem::path> files =
      table_files(job.out, job.images.has_value(), job.texts.has_value());
  files.push_back(picture_facts_path(job.out));
  for (const auto& file : files) {
    std::error_code not_there;
    if (std::filesystem::equivalent(file, job.manifest.source, not_there)) {
      fail("{}: the table would replace its own manifest; give --out another name", file.string());
    }
  }
}

}  // namespace

std::string stretch_caution(int64_t pictures) {
  return fmt::format(
      "the limits of the stretch are percentiles of all {} pictures together, those of test rows "
      "included: what is tested is not wholly unseen; without --stretch-of set each picture has "
      "its own limits",
      pictures);
}

EmbedReport embed(const EmbedJob& job, const JobEncoders& encoders, Progress& progress) {
  PUENTE_ASSERT(!job.images || encoders.image != nullptr);
  PUENTE_ASSERT(!job.texts || encoders.text != nullptr);
  const Manifest& manifest = job.manifest;
  check_table_target(job.out);
  protect_manifest(job);
  const std::filesystem::path folder = job.out.parent_path();
  EmbedReport report;
  if (job.images) report.image_dim = encoders.image->dimension();
  if (job.texts) report.text_dim = encoders.text->dimension();
  for (const std::string& note : manifest.notes) progress.note(note);

  // Everything that can be wrong with the input comes to light before the long work.
  Stopwatch check;
  Texts texts;
  if (job.texts) texts = render_prompts(manifest, job.texts->prompt);
  ImageFiles images;
  if (job.images) {
    images = find_images(manifest, *job.images, job.threads, progress);
    judge_bad_images(job, images, progress);
    report.reading = with_fitted_stretch(job.images->reading, images.files, job.threads, progress);
    if (report.reading.stretch.limits != job.images->reading.stretch.limits) {
      report.stretched_over = static_cast<int64_t>(images.files.size());
      progress.note(stretch_caution(report.stretched_over));
    }
  }
  report.check_seconds = check.seconds();

  std::optional<Spill> text_vectors;
  if (job.texts) {
    const Stopwatch watch;
    text_vectors.emplace(folder, static_cast<int64_t>(texts.texts.size()), report.text_dim);
    encode_texts(job, *encoders.text, texts, *text_vectors, report, progress);
    report.text_seconds = watch.seconds();
  }
  std::optional<Spill> image_vectors;
  std::vector<PictureFacts> picture_facts;
  if (job.images) {
    const Stopwatch watch;
    report.images = static_cast<int64_t>(images.files.size());
    image_vectors.emplace(folder, report.images, report.image_dim);
    picture_facts =
        encode_images(job, report.reading, *encoders.image, images, *image_vectors, progress);
    report.image_seconds = watch.seconds();
  }

  const Stopwatch write;
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < manifest.rows(); ++row) {
    if (!job.images || !images.of_row[static_cast<size_t>(row)].empty()) rows.push_back(row);
  }
  report.rows = static_cast<int64_t>(rows.size());
  report.skipped_rows = manifest.rows() - report.rows;
  const std::vector<Column> columns = select_rows(manifest.columns, rows);
  TableSource source;
  MeanVector mean;
  source.columns = columns;
  source.rows = report.rows;
  source.image_dim = report.image_dim;
  source.text_dim = report.text_dim;
  if (job.images) {
    source.image = [&](int64_t i) {
      return mean_of(*image_vectors,
                     images.of_row[static_cast<size_t>(rows[static_cast<size_t>(i)])], mean);
    };
  }
  if (job.texts) {
    source.text = [&](int64_t i) {
      return text_vectors->row(texts.of_row[static_cast<size_t>(rows[static_cast<size_t>(i)])]);
    };
  }
  std::unique_ptr<AtomicFile> facts;
  if (job.images) facts = stage_facts(job, images, rows, picture_facts);
  write_table(source, job.out);
  if (facts) {
    facts->commit();
  } else {
    remove_picture_facts(job.out);
  }
  remove_checkpoints(job.out);
  report.write_seconds = write.seconds();
  return report;
}

}  // namespace puente
