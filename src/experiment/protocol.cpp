#include "experiment/protocol.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "data/folds.h"
#include "data/groups.h"
#include "data/manifest.h"
#include "data/times.h"

namespace puente {
namespace {

constexpr HoldoutOptions kShares;
constexpr int kMostInnerFolds = 5;
constexpr int kValidationFolds = 10;  // one of which validates
constexpr int64_t kFewRows = 1000;
constexpr int64_t kFewValidationRows = 30;
constexpr int64_t kMostSites = 100;
constexpr int kMostFolds = 100;
constexpr int kMostRepeats = 1000;
constexpr uint64_t kInnerSeed = 0x496e6e6572;  // "Inner": inner folds are not the outer ones again

bool parse_count(std::string_view text, int least, int most, int& count) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, count);
  return error == std::errc() && stopped == end && count >= least && count <= most;
}

/// "10" or "5x3".
bool parse_folds(std::string_view text, ProtocolOptions& options) {
  const size_t times = text.find('x');
  if (!parse_count(text.substr(0, times), 2, kMostFolds, options.folds)) return false;
  return times == std::string_view::npos ||
         parse_count(text.substr(times + 1), 1, kMostRepeats, options.repeats);
}

std::vector<int32_t> merged(const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
  std::vector<int32_t> both(a.size() + b.size());
  std::ranges::merge(a, b, both.begin());
  return both;
}

/// What is split: rows with their classes and groups.
struct Rows {
  const GroupedTable& dataset;
  RowClasses labels;
  const Categories& groups = dataset.groups;
  const EmbeddingTable& table = dataset.table;
};

/// Too few rows for a validation part to choose by.
bool are_few(const RowClasses& labels, const Split& split) {
  if (static_cast<int64_t>(split.train.size() + split.validation.size()) < kFewRows) return true;
  return std::ranges::min(classes_at(labels, split.validation).sizes()) < kFewValidationRows;
}

/// As many as the class with the fewest groups allows.
int inner_folds(const Rows& all, const std::vector<int32_t>& rows) {
  const std::vector<int64_t> groups =
      groups_per_class(groups_of(classes_at(all.labels, rows), categories_at(all.groups, rows)),
                       all.labels.names.size());
  return static_cast<int>(std::clamp<int64_t>(std::ranges::min(groups), 2, kMostInnerFolds));
}

/// Gives the split what chooses its epoch. `split` has training rows, and validation rows if its
/// protocol has a way of its own to draw them.
void add_chooser(const Rows& all, const ProtocolOptions& options, Split& split) {
  if (split.validation.empty() && options.chooser != Chooser::folds) {
    split.validation = grouped_folds(all.labels, all.groups, split.train, kValidationFolds,
                                     options.seed ^ kInnerSeed)
                           .front();
    split.train = rows_without(split.train, split.validation);
  }
  if (options.chooser == Chooser::validation) return;
  if (options.chooser == Chooser::automatic && !are_few(all.labels, split)) return;
  split.train = merged(split.train, std::exchange(split.validation, {}));
  split.inner = grouped_folds(all.labels, all.groups, split.train, inner_folds(all, split.train),
                              options.seed ^ kInnerSeed);
}

std::vector<NamedSplit> kfold_splits(const Rows& all, const ProtocolOptions& options) {
  std::vector<NamedSplit> splits;
  const std::vector<int32_t> every = first_numbers(all.groups.of_row.size());
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    const auto folds = grouped_folds(all.labels, all.groups, every, options.folds,
                                     options.seed + static_cast<uint64_t>(repeat));
    for (size_t i = 0; i < folds.size(); ++i) {
      NamedSplit& one = splits.emplace_back();
      one.name = fmt::format("fold {} of {}", i + 1, folds.size());
      if (options.repeats > 1) one.name += fmt::format(", repeat {}", repeat + 1);
      one.repeat = repeat;
      one.split.test = folds[i];
      one.split.train = rows_without(every, folds[i]);
    }
  }
  return splits;
}

std::vector<NamedSplit> split_by_site(const Rows& all, const ProtocolOptions& options) {
  const Categories sites = categories_of(
      require_column(all.table.columns, options.column, "--protocol", all.table.source),
      all.table.source);
  if (sites.count() > kMostSites) {
    fail("{} different values are no sites: --protocol site trains once for each, at most {}",
         sites.count(), kMostSites);
  }
  std::vector<Split> splits = site_splits(all.labels, all.groups, sites);
  std::vector<NamedSplit> named;
  for (size_t i = 0; i < splits.size(); ++i) {
    named.push_back(
        {fmt::format("{} {}", options.column, sites.names[i]), 0, std::move(splits[i])});
  }
  return named;
}

std::vector<NamedSplit> splits_without_chooser(const Rows& all, const ProtocolOptions& options) {
  switch (options.kind) {
    case Protocol::holdout: {
      HoldoutOptions shares = kShares;
      shares.seed = options.seed;
      return {{"holdout", 0, holdout_split(all.labels, all.groups, shares)}};
    }
    case Protocol::kfold:
      return kfold_splits(all, options);
    case Protocol::time: {
      const std::vector<double> times = times_of(
          require_column(all.table.columns, options.column, "--protocol", all.table.source),
          all.table.source);
      return {{"latest rows", 0,
               time_split(all.labels, all.groups, times, kShares.test_share,
                          kShares.validation_share)}};
    }
    case Protocol::site:
      return split_by_site(all, options);
    case Protocol::paper:
      return {{"paper", 0, paper_split(all.labels, kShares.test_share, options.seed)}};
  }
  PUENTE_ASSERT(false);
}

/// The column that a message about the split is about.
std::string_view column_of(const Rows& all, const ProtocolOptions& options) {
  return options.column.empty() ? all.dataset.options.label : options.column;
}

std::vector<NamedSplit> splits_of(const Rows& all, const ProtocolOptions& options) {
  std::vector<NamedSplit> splits;
  std::string where = fmt::format("{}: column '{}'", all.table.source, column_of(all, options));
  try {
    splits = splits_without_chooser(all, options);
    for (NamedSplit& one : splits) {
      if (splits.size() > 1) {
        where = fmt::format("{}: {}, column '{}'", all.table.source, one.name,
                            all.dataset.options.label);
      }
      if (options.kind != Protocol::paper) add_chooser(all, options, one.split);
    }
  } catch (const UserError& error) {
    if (std::string_view(error.what()).starts_with(all.table.source)) throw;
    fail("{}: {}", where, error.what());
  }
  return splits;
}

}  // namespace

ProtocolOptions ProtocolOptions::parse(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  ProtocolOptions options;
  if (text == "holdout") return options;
  if (text == "paper") {
    options.kind = Protocol::paper;
    return options;
  }
  if (text == "kfold" || (name == "kfold" && parse_folds(rest, options))) {
    options.kind = Protocol::kfold;
    return options;
  }
  if ((name == "time" || name == "site") && !rest.empty()) {
    options.kind = name == "time" ? Protocol::time : Protocol::site;
    options.column = rest;
    return options;
  }
  fail(
      "--protocol {}: there are holdout, kfold:FOLDS, kfold:FOLDSxREPEATS (2 to {} folds), "
      "time:COLUMN, site:COLUMN and paper",
      text, kMostFolds);
}

std::string ProtocolOptions::text() const {
  switch (kind) {
    case Protocol::holdout:
      return "holdout";
    case Protocol::kfold:
      return repeats == 1 ? fmt::format("kfold:{}", folds)
                          : fmt::format("kfold:{}x{}", folds, repeats);
    case Protocol::time:
      return "time:" + column;
    case Protocol::site:
      return "site:" + column;
    case Protocol::paper:
      return "paper";
  }
  PUENTE_ASSERT(false);
}

std::string_view caution_of(Protocol protocol) {
  return protocol != Protocol::paper
             ? ""
             : "optimistic: published protocol, the test set chose the epoch, and images of one "
               "group may be in training and test";
}

bool has_one_split(Protocol protocol) {
  return protocol != Protocol::kfold && protocol != Protocol::site;
}

std::vector<NamedSplit> make_splits(const Dataset& dataset, const ProtocolOptions& options) {
  return splits_of({dataset, dataset.labels}, options);
}

std::vector<NamedSplit> make_splits(const MultiLabelDataset& dataset,
                                    const ProtocolOptions& options) {
  if (options.kind == Protocol::paper) {
    fail(
        "--protocol paper: the published protocol has one label; several go with holdout, kfold, "
        "time:COLUMN or site:COLUMN");
  }
  return splits_of({dataset, dataset.labels}, options);
}

Split make_split(const Dataset& dataset, const ProtocolOptions& options) {
  PUENTE_ASSERT(has_one_split(options.kind));
  return std::move(make_splits(dataset, options).front().split);
}

Split make_split(const MultiLabelDataset& dataset, const ProtocolOptions& options) {
  PUENTE_ASSERT(has_one_split(options.kind));
  return std::move(make_splits(dataset, options).front().split);
}

}  // namespace puente
