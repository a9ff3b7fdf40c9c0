// Images that are nearly equal: saved again, made smaller or a little brighter. The coarse hash
// finds what may be, the fine one tells, and the vectors have the last word: two pictures that the
// encoder takes for no more alike than most are not reported, whatever their hashes. Of rows with
// several pictures two of these may be nearly equal and the vectors, their means, not: there the
// hashes alone say it. On HAM10000 nearly all copies at JPEG quality 30, at half the size, 1.3
// times as bright, or a tenth brighter at half the size and quality 30, differ in at most 8 and 100
// bits; the nearest pictures of different lesions in 150 fine bits, different retinas of IDRiD in
// 110. What is not found: mirrored or turned copies, cuts of 5 % and more (of 2 %, about half), and
// a second photograph of the same thing.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "audit/checks.h"
#include "audit/near_hashes.h"
#include "base/error.h"
#include "base/rng.h"
#include "data/distinct_rows.h"

namespace puente::audit_detail {
namespace {

constexpr int kCoarseBits = 8;
constexpr int kFineBits = 100;
constexpr size_t kSampledPairs = 2000;
constexpr double kOrdinary = 0.75;
constexpr size_t kFewImages = 50;  // so few say little about what is ordinary
constexpr size_t kShownPairs = 3;
constexpr size_t kMostSources = 50;  // of those that show the very same picture

/// One of the different images, by vector: who has it. It is several pictures, where rows have
/// several.
struct Picture {
  int32_t row = -1;  // the first one of which the hashes are known
  bool in_training = false;
  bool in_test = false;
  int32_t group = -1;
  bool in_groups = false;  // in several
};

std::vector<Picture> images_of(const AuditInput& input, const Categories& number) {
  std::vector<Picture> images(number.names.size());
  for (size_t row = 0; row < number.of_row.size(); ++row) {
    Picture& image = images[static_cast<size_t>(number.of_row[row])];
    if (image.row < 0 && !input.pictures[row].empty()) image.row = static_cast<int32_t>(row);
    const int32_t group = input.groups.of_row[row];
    if (image.group < 0) image.group = group;
    image.in_groups |= image.group != group;
  }
  if (!input.split) return images;
  const auto image_of = [&](int32_t row) -> Picture& {
    return images[static_cast<size_t>(number.of_row[static_cast<size_t>(row)])];
  };
  for (const auto* part : {&input.split->train, &input.split->validation}) {
    for (const int32_t row : *part) image_of(row).in_training = true;
  }
  for (const int32_t row : input.split->test) image_of(row).in_test = true;
  return images;
}

/// Cosines of the vectors once the mean that all share is taken away.
class CentredCosine {
 public:
  explicit CentredCosine(const Matrix& vectors)
      : vectors_(vectors), mean_(static_cast<size_t>(vectors.cols())) {
    for (int64_t row = 0; row < vectors.rows(); ++row) {
      for (size_t i = 0; i < mean_.size(); ++i) {
        mean_[i] += vectors.row(row)[i] / static_cast<double>(vectors.rows());
      }
    }
  }
  double of(int32_t a, int32_t b) const {
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < mean_.size(); ++i) {
      const double x = vectors_.row(a)[i] - mean_[i], y = vectors_.row(b)[i] - mean_[i];
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    return ab / std::sqrt(aa * bb);
  }

 private:
  const Matrix& vectors_;
  std::vector<double> mean_;
};

/// What three quarters of the pairs of different images in different groups stay under; below all
/// cosines where there are few images.
double ordinary_cosine(const std::vector<Picture>& images, const CentredCosine& cosine,
                       uint64_t seed) {
  if (images.size() < kFewImages) return -2;
  Rng rng(seed);
  std::vector<double> cosines;
  for (size_t tries = 0; tries < 4 * kSampledPairs && cosines.size() < kSampledPairs; ++tries) {
    const Picture& a = images[rng.below(images.size())];
    const Picture& b = images[rng.below(images.size())];
    if (a.row < 0 || b.row < 0 || a.group == b.group) continue;
    cosines.push_back(cosine.of(a.row, b.row));
  }
  if (cosines.size() < kFewImages) return -2;
  std::sort(cosines.begin(), cosines.end());
  return cosines[static_cast<size_t>(kOrdinary * static_cast<double>(cosines.size()))];
}

int fine_distance(const PictureFacts& a, const PictureFacts& b) {
  int distance = 0;
  for (size_t i = 0; i < a.fine_hash.size(); ++i) {
    distance += std::popcount(a.fine_hash[i] ^ b.fine_hash[i]);
  }
  return distance;
}

struct Pair {
  int bits = 0;
  int32_t a = 0;  // rows
  int32_t b = 0;
  double cosine = 0;

  auto key() const { return std::tuple(bits, a, b); }
};

struct Found {
  std::vector<bool> images;  // that have a nearly equal one on the other side
  std::vector<Pair> pairs;   // the nearest
};

/// A picture by its hashes, and the images that show it. Those are many where a row's second
/// picture is a placeholder, so that all pairs of them would be too many.
struct Shown {
  const PictureFacts* facts = nullptr;
  std::vector<int32_t> images;
  std::vector<int32_t> sources;  // of them, those that others are compared with
};

std::vector<Shown> shown_in(const AuditInput& input, const std::vector<Picture>& images) {
  std::map<std::pair<uint64_t, std::array<uint64_t, 9>>, size_t> places;
  std::vector<Shown> all;
  for (size_t i = 0; i < images.size(); ++i) {
    if (images[i].row < 0) continue;
    for (const PictureFacts& facts : input.pictures[static_cast<size_t>(images[i].row)]) {
      const auto [place, is_new] =
          places.try_emplace({facts.coarse_hash, facts.fine_hash}, all.size());
      if (is_new) all.push_back({&facts, {}, {}});
      std::vector<int32_t>& of_picture = all[place->second].images;
      const auto image = static_cast<int32_t>(i);
      if (of_picture.empty() || of_picture.back() != image) of_picture.push_back(image);
    }
  }
  for (Shown& shown : all) {
    // Some that train; without a split some of two groups, one of which is not the other's.
    const int32_t first = images[static_cast<size_t>(shown.images.front())].group;
    std::array<size_t, 2> taken{};
    for (const int32_t i : shown.images) {
      const Picture& image = images[static_cast<size_t>(i)];
      if (input.split && !image.in_training) continue;
      size_t& count = taken[!input.split && image.group != first ? 1 : 0];
      if (count++ < kMostSources) shown.sources.push_back(i);
    }
  }
  return all;
}

Found find_near(const AuditInput& input, const std::vector<Picture>& images) {
  const std::vector<Shown> all = shown_in(input, images);
  std::vector<uint64_t> hashes;
  for (const Shown& shown : all) hashes.push_back(shown.facts->coarse_hash);
  Found found{std::vector<bool>(images.size()), {}};
  const CentredCosine cosine(*input.image);
  const double ordinary = ordinary_cosine(images, cosine, input.seed);
  const auto is_mean = [&](const Picture& image) {
    return input.pictures[static_cast<size_t>(image.row)].size() > 1;
  };
  const auto look_for_sources = [&](int32_t target, const Shown& in, int bits) {
    const Picture& b = images[static_cast<size_t>(target)];
    if (found.images[static_cast<size_t>(target)] || (input.split && !b.in_test)) return;
    for (const int32_t source : in.sources) {
      const Picture& a = images[static_cast<size_t>(source)];
      const bool apart = a.group != b.group || a.in_groups || b.in_groups;
      if (source == target || (!input.split && !apart)) continue;
      const double alike = cosine.of(a.row, b.row);
      if (!is_mean(a) && !is_mean(b) && !(alike > ordinary)) continue;
      found.images[static_cast<size_t>(target)] = true;
      found.pairs.push_back({bits, std::min(a.row, b.row), std::max(a.row, b.row), alike});
      return;
    }
  };
  for (const Shown& shown : all) {
    if (shown.images.size() == 1) continue;
    for (const int32_t image : shown.images) look_for_sources(image, shown, 0);
  }
  for_near_hashes(hashes, kCoarseBits, [&](int32_t i, int32_t j) {
    const Shown &x = all[static_cast<size_t>(i)], &y = all[static_cast<size_t>(j)];
    const int bits = fine_distance(*x.facts, *y.facts);
    if (bits > kFineBits) return;
    for (const int32_t image : y.images) look_for_sources(image, x, bits);
    for (const int32_t image : x.images) look_for_sources(image, y, bits);
  });
  std::ranges::sort(found.pairs, {}, &Pair::key);
  const auto [end, last] = std::ranges::unique(found.pairs, {}, &Pair::key);
  found.pairs.erase(end, last);
  return found;
}

/// "rows 12 and 345 (3 of 576 bits differ, cosine 0.998)"
std::string described(const AuditInput& input, const std::vector<Pair>& pairs) {
  std::string text;
  for (size_t i = 0; i < std::min(pairs.size(), kShownPairs); ++i) {
    const Pair& p = pairs[i];
    const auto number = [&](int32_t row) { return input.table_row[static_cast<size_t>(row)] + 1; };
    text += fmt::format("{}rows {} and {} ({} of 576 bits differ, cosine {:.3f})",
                        i > 0 ? ", " : "", number(p.a), number(p.b), p.bits, p.cosine);
  }
  return text;
}

void note_unread(const AuditInput& input, Findings& findings) {
  std::vector<int32_t> rows;
  for (size_t row = 0; row < input.groups.of_row.size(); ++row) {
    if (input.pictures.empty() || input.pictures[row].empty())
      rows.push_back(static_cast<int32_t>(row));
  }
  if (rows.empty()) return;
  const double share =
      static_cast<double>(rows.size()) / static_cast<double>(input.groups.of_row.size());
  findings.push_back(make_finding(
      input, Severity::note, "images-unread", share,
      fmt::format("nearly equal images and images' sizes were not looked for in {} of the rows: of "
                  "their images only the vectors are known",
                  percent(share)),
      "`puente embed` writes what is needed beside its tables (X.images.csv): embed again", rows));
}

}  // namespace

void check_near_images(const AuditInput& input, Findings& findings) {
  if (input.image == nullptr) return;
  note_unread(input, findings);
  if (input.pictures.empty()) return;
  const Categories number = distinct_rows(*input.image);
  const std::vector<Picture> images = images_of(input, number);
  const Found found = find_near(input, images);
  if (found.pairs.empty()) return;
  std::vector<int32_t> rows;
  const auto add = [&](int32_t row) {
    if (found.images[static_cast<size_t>(number.of_row[static_cast<size_t>(row)])]) {
      rows.push_back(row);
    }
  };
  for (const int32_t row : input.split ? input.split->test : all_rows(input)) add(row);
  const double share =
      static_cast<double>(rows.size()) /
      static_cast<double>(input.split ? input.split->test.size() : number.of_row.size());
  const std::string pairs = described(input, found.pairs);
  const std::string advice =
      "look at the pairs; if they are the same picture, put them into one group, or take the "
      "copies "
      "out";
  if (input.split) {
    findings.push_back(make_finding(
        input, Severity::warning, "shared-near-image", share,
        fmt::format("{} of the test rows have nearly the image of a training or validation row: {}",
                    percent(share), pairs),
        advice, rows));
  } else {
    findings.push_back(make_finding(
        input, Severity::warning, "near-images", share,
        fmt::format("{} ({} of all) have nearly the image of a row of another group: {}",
                    counted(static_cast<int64_t>(rows.size()), "row"), percent(share), pairs),
        advice, rows));
  }
}

}  // namespace puente::audit_detail
