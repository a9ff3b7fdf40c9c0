#include "predict/record_encoder.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "embed/mean_vector.h"
#include "image/preprocess.h"

namespace puente {
namespace {

/// Different things, each once, and what became of each.
template <class Thing>
struct Different {
  struct One {
    Digest digest;
    Thing thing;
    VectorCache::Entry entry = {};
    std::string problem = {};
  };
  std::vector<One> all;
  std::unordered_map<Digest, size_t> places;

  size_t place_of(const Digest& digest, const Thing& thing) {
    const auto [place, is_new] = places.try_emplace(digest, all.size());
    if (is_new) all.push_back({digest, thing});
    return place->second;
  }
  /// Those that the cache does not have.
  std::vector<One*> unknown(VectorCache& cache) {
    std::vector<One*> left;
    for (One& one : all) {
      if (auto entry = cache.find(one.digest)) {
        one.entry = std::move(*entry);
      } else {
        left.push_back(&one);
      }
    }
    return left;
  }
};

using Pictures = Different<std::span<const std::byte>>;
using RecordTexts = Different<std::string_view>;

/// encode(first, count, vectors) of all; where that says no, of each alone, so that one bad input
/// costs no other.
template <class One, class Encode>
void encode_each(std::vector<One*>& some, int64_t dimension, const Encode& encode) {
  const auto run = [&](size_t first, size_t count) {
    Matrix vectors(static_cast<int64_t>(count), dimension);
    encode(first, count, vectors.view());
    for (size_t i = 0; i < count; ++i) {
      const std::span<const float> row = std::as_const(vectors).row_span(static_cast<int64_t>(i));
      some[first + i]->entry.vector.assign(row.begin(), row.end());
    }
  };
  if (some.empty()) return;
  try {
    return run(0, some.size());
  } catch (const UserError&) {
  }
  for (size_t i = 0; i < some.size(); ++i) {
    try {
      run(i, 1);
    } catch (const UserError& error) {
      some[i]->problem = error.what();
    }
  }
}

template <class One>
void remember(const std::vector<One*>& some, VectorCache& cache) {
  for (const One* one : some) {
    if (one->problem.empty()) cache.put(one->digest, one->entry);
  }
}

}  // namespace

RecordEncoder::RecordEncoder(const EmbedRequest& how, size_t cached)
    : encoders_(load_encoders(how)), pictures_seen_(cached), texts_seen_(cached) {
  const JobEncoders both = encoders_.encoders();
  if (how.job.images) {
    image_ = both.image;
    pixels_ = how.job.images->squash ? squashed(image_->pixel_recipe()) : image_->pixel_recipe();
    load_ = {how.job.images->exif, how.job.images->jpeg, how.job.images->reading};
  }
  if (how.job.texts) {
    text_ = both.text;
    truncate_ = how.job.texts->truncate;
  }
}

int64_t RecordEncoder::batch() const {
  if (image_ != nullptr) return image_->batch();
  return std::max<int64_t>(1, text_->batch_tokens() / std::max<int64_t>(1, text_->max_tokens()));
}

void RecordEncoder::encode_pictures(EncoderWorker& worker, std::span<const Record> records,
                                    RecordVectors& vectors) const {
  Pictures pictures;
  std::vector<std::vector<size_t>> of_record(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    for (const std::span<const std::byte> bytes : records[i].pictures) {
      of_record[i].push_back(pictures.place_of(sha256(bytes), bytes));
    }
  }
  std::vector<Pictures::One*> unknown = pictures.unknown(pictures_seen_);
  const auto size = static_cast<size_t>(3 * pixels_.height() * pixels_.width());
  const auto at_once = static_cast<size_t>(std::max<int64_t>(1, image_->batch()));
  std::vector<float> pixels;
  for (size_t first = 0; first < unknown.size(); first += at_once) {
    std::vector<Pictures::One*> some;
    pixels.resize(std::min(at_once, unknown.size() - first) * size);
    for (size_t i = first; i < std::min(first + at_once, unknown.size()); ++i) {
      try {
        const LoadedPicture picture = load_picture(unknown[i]->thing, "image", pixels_, load_);
        normalise(picture.cropped, pixels_, std::span(pixels).subspan(some.size() * size, size));
        some.push_back(unknown[i]);
      } catch (const UserError& error) {
        unknown[i]->problem = error.what();
      }
    }
    encode_each(some, image_dim(), [&](size_t begin, size_t count, MatrixView<float> out) {
      image_->encode(worker, std::span(pixels).subspan(begin * size, count * size), out);
    });
  }
  remember(unknown, pictures_seen_);
  MeanVector mean;
  for (size_t i = 0; i < records.size(); ++i) {
    mean.clear();
    for (const size_t place : of_record[i]) {
      const Pictures::One& one = pictures.all[place];
      if (!one.problem.empty()) vectors.problems[i] = one.problem;
      if (vectors.problems[i].empty()) mean.add(one.entry.vector);
    }
    if (of_record[i].empty() || !vectors.problems[i].empty()) continue;
    std::ranges::copy(mean.mean(), vectors.image.row(static_cast<int64_t>(i)));
  }
}

void RecordEncoder::encode_texts(std::span<const Record> records, RecordVectors& vectors) const {
  RecordTexts texts;
  std::vector<std::optional<size_t>> of_record(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    if (!records[i].text) continue;
    of_record[i] = texts.place_of(sha256(std::string_view(*records[i].text)), *records[i].text);
  }
  std::vector<RecordTexts::One*> unknown = texts.unknown(texts_seen_), some;
  std::vector<TokenizedText> tokens;
  for (RecordTexts::One* one : unknown) {
    try {
      tokens.push_back(text_->tokenize(one->thing, truncate_));
      one->entry.tokens = tokens.back().length;
      one->entry.full_tokens = tokens.back().full_length;
      some.push_back(one);
    } catch (const UserError& error) {
      one->problem = error.what();
    }
  }
  encode_each(some, text_dim(), [&](size_t first, size_t count, MatrixView<float> out) {
    Silent silent;
    text_->encode_all(
        std::span(tokens).subspan(first, count), {},
        [&](int64_t begin, MatrixView<const float> rows) {
          for (int64_t i = 0; i < rows.rows; ++i) {
            std::copy_n(rows.row(i), rows.cols, out.row(begin + i));
          }
        },
        silent);
  });
  remember(unknown, texts_seen_);
  for (size_t i = 0; i < records.size(); ++i) {
    if (!of_record[i]) continue;
    const RecordTexts::One& one = texts.all[*of_record[i]];
    if (!one.problem.empty()) {
      vectors.problems[i] = "text: " + one.problem;
      continue;
    }
    vectors.tokens[i] = {one.entry.tokens, one.entry.full_tokens};
    std::ranges::copy(one.entry.vector, vectors.text.row(static_cast<int64_t>(i)));
  }
}

RecordVectors RecordEncoder::encode(EncoderWorker& worker, std::span<const Record> records) const {
  const auto count = static_cast<int64_t>(records.size());
  RecordVectors vectors{Matrix(count, image_dim()), Matrix(count, text_dim()),
                        std::vector<TextTokens>(records.size()),
                        std::vector<std::string>(records.size())};
  if (image_ != nullptr) encode_pictures(worker, records, vectors);
  if (text_ != nullptr) encode_texts(records, vectors);
  return vectors;
}

}  // namespace puente
