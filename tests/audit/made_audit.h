// A made-up skin table that is honest: patients of one to four pictures and one class; age, sex and
// site predict the class as far as such things do. Tests plant one leak each.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "base/rng.h"
#include "text/prompt.h"

namespace puente::test {

struct MadeAudit {
  std::vector<Column> columns;  // patient, dx (bkl, mel, nv), age, sex, site
  std::string prompt = "Age: {age|int|unknown}. Sex: {sex}. Site: {site}.";
  std::string label = "dx";
  std::string group = "patient";
  FieldFacts facts;
  std::function<void(AuditInput&)> last;  // done to the input when the rest is made

  size_t rows() const { return columns.front().values.size(); }
  std::vector<std::string>& column(std::string_view name) {
    for (Column& column : columns) {
      if (column.name == name) return column.values;
    }
    columns.push_back({std::string(name), std::vector<std::string>(rows())});
    return columns.back().values;
  }
  /// Fills a column, new or not, row by row.
  void fill(std::string_view name, const std::function<std::string(size_t)>& value) {
    std::vector<std::string> made;
    for (size_t row = 0; row < rows(); ++row) made.push_back(value(row));
    column(name) = made;
  }
  void declare_before(std::initializer_list<std::string> fields) {
    for (const std::string& field : fields) facts.fields[field] = {Known::before, false};
  }

  /// Points into this object.
  AuditInput input() {
    AuditInput in;
    in.columns = columns;
    in.label = label;
    in.group = group;
    in.labels = categories_of({label, column(label)}, "made");
    in.groups = group.empty() ? each_row_alone(static_cast<int64_t>(rows()))
                              : categories_of({group, column(group)}, "made");
    for (size_t row = 0; row < rows(); ++row) in.table_row.push_back(static_cast<int64_t>(row));
    in.facts = facts;
    if (!prompt.empty()) add_prompt(in, Prompt(prompt), "made");
    if (last) last(in);
    return in;
  }
};

inline MadeAudit made_audit(size_t rows = 600, uint64_t seed = 1) {
  Rng rng(seed);
  const std::array<std::string, 3> names = {"bkl", "mel", "nv"};
  const std::array<std::string, 4> sites = {"back", "face", "leg", "arm"};
  MadeAudit made;
  std::vector<std::string> patient, dx, age, sex, site;
  for (int number = 0; patient.size() < rows; ++number) {
    const double lot = rng.uniform();
    const size_t k = lot < 0.2 ? 0 : lot < 0.4 ? 1 : 2;
    // Older where the class is not nv, often: every age has every class.
    const bool older = k != 2 && rng.uniform() < 0.4;
    const int years = static_cast<int>(5 * (older ? 11 + rng.below(4) : 6 + rng.below(9)));
    const std::string s = rng.below(2) == 0 ? "male" : "female";
    const std::string where = sites[rng.uniform() < 0.4 ? k : rng.below(4)];
    const uint64_t pictures = 1 + rng.below(4);
    for (uint64_t i = 0; i < pictures && patient.size() < rows; ++i) {
      patient.push_back("p" + std::to_string(number));
      dx.push_back(names[k]);
      age.push_back(std::to_string(years));
      sex.push_back(s);
      site.push_back(where);
    }
  }
  made.columns = {{"patient", patient}, {"dx", dx}, {"age", age}, {"sex", sex}, {"site", site}};
  made.declare_before({"age", "sex", "site"});
  return made;
}

/// Different pictures of one size, and vectors that say nothing.
struct MadePictures {
  Matrix vectors;
  std::vector<std::optional<PictureFacts>> pictures;

  explicit MadePictures(int64_t rows = 600) : vectors(rows, 8) {
    Rng rng(7);
    for (int64_t i = 0; i < vectors.size(); ++i) {
      vectors.data()[i] = static_cast<float>(3 + rng.normal());
    }
    for (int64_t row = 0; row < rows; ++row) {
      PictureFacts facts{600, 450, 90'000 + static_cast<int64_t>(rng.below(1000)), rng.next(), {}};
      for (uint64_t& word : facts.fine_hash) word = rng.next();
      pictures.emplace_back(facts);
    }
  }
  /// Row `to` has the picture of row `from` but for some bits and a little of its vector.
  void copy(int64_t from, int64_t to, int coarse, int fine, float shift = 0.02f) {
    const auto turned = [](uint64_t hash, int bits) {
      for (int bit = 0; bit < bits; ++bit) hash ^= uint64_t{1} << (9 * bit % 64);
      return hash;
    };
    PictureFacts facts = *pictures[size_t(from)];
    facts.coarse_hash = turned(facts.coarse_hash, coarse);
    for (int bit = 0; bit < fine; ++bit) {
      facts.fine_hash[size_t(bit % 9)] ^= uint64_t{1} << (bit / 9);
    }
    pictures[size_t(to)] = facts;
    for (int64_t i = 0; i < vectors.cols(); ++i) {
      vectors(to, i) = vectors(from, i) + shift * float(i % 3);
    }
  }
};

/// Of 600 rows the last hundred are tested, the hundred before are for validation.
inline Split last_hundred() {
  Split split;
  for (int32_t row = 0; row < 600; ++row) {
    (row >= 500 ? split.test : row >= 400 ? split.validation : split.train).push_back(row);
  }
  return split;
}

inline const Finding* find(const std::vector<Finding>& findings, std::string_view check) {
  for (const Finding& finding : findings) {
    if (finding.check == check) return &finding;
  }
  return nullptr;
}

inline std::string told(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& f : findings) {
    text += std::string(name_of(f.severity)) + " " + f.check + ": " + f.message + "; " + f.advice +
            "\n";
  }
  return text;
}

}  // namespace puente::test
