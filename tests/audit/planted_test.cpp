// Leaks planted one at a time into an honest table, and honest tables in which nothing may be
// called an error.
#include <gtest/gtest.h>
#include <memory>

#include "audit/audit.h"
#include "audit/made_audit.h"

namespace puente {
namespace {

using test::find;
using test::made_audit;
using test::MadeAudit;
using test::MadePictures;
using test::told;

struct Planted {
  const char* name;
  void (*plant)(MadeAudit&);
  const char* check;
  Severity severity;
  double least_share;   // of the rows, that the finding is about
  const char* message;  // is in the message or the advice
};

std::ostream& operator<<(std::ostream& out, const Planted& planted) { return out << planted.name; }

/// A free text for some rows, without a word about the class.
std::string note_of(size_t row) {
  return "Seen in clinic " + std::to_string(row % 7) + ", no complaints, number 3 on the list.";
}

/// Pictures for all rows, as `change` leaves them, and each half tried alone.
void add_pictures(MadeAudit& made, void (*change)(MadeAudit&, MadePictures&)) {
  auto pictures = std::make_shared<MadePictures>(static_cast<int64_t>(made.rows()));
  change(made, *pictures);
  made.last = [pictures](AuditInput& input) {
    input.image = &pictures->vectors;
    input.pictures = pictures->known();
    input.try_halves = true;
  };
}

const Planted kPlanted[] = {
    {"the label's column in the prompt", [](MadeAudit& m) { m.prompt += " Dx: {dx}."; },
     "label-field", Severity::error, 1, "'dx'"},
    {"the label in a sentence", [](MadeAudit& m) { m.prompt = "A picture of {dx}, age {age}."; },
     "label-in-text", Severity::error, 0.99, "nv"},
    {"a synonym, in capitals, in some notes",
     [](MadeAudit& m) {
       m.facts.synonyms["mel"] = {"malignant melanoma", "melanoma"};
       const auto dx = m.column("dx");
       m.fill("notes", [&](size_t row) {
         return row % 4 == 0 && dx[row] == "mel" ? "Known MELANOMA." : note_of(row);
       });
       m.prompt = "{notes}";
     },
     "label-in-text", Severity::error, 0.03, "'melanoma'"},
    {"numbered label named with its number",
     [](MadeAudit& m) {
       const auto dx = m.column("dx");
       m.fill("icdr_grade", [&](size_t row) { return std::string(dx[row] == "mel" ? "1" : "0"); });
       const auto grade = m.column("icdr_grade");
       m.fill("notes", [&](size_t row) { return "Eye 1. ICDR grade: " + grade[row]; });
       m.label = "icdr_grade";
       m.prompt = "{notes}";
     },
     "label-in-text", Severity::error, 0.99, "icdr_grade"},
    {"one note names its class",
     [](MadeAudit& m) {
       const auto dx = m.column("dx");
       size_t first = 0;
       while (dx[first] != "bkl") ++first;
       m.fill("notes", [&](size_t row) {
         return row == first ? std::string("looks like bkl") : std::string("nothing to say");
       });
       m.prompt = "{notes}";
     },
     "label-in-text", Severity::warning, 0.001, "1 row"},
    {"a copy of the label under another name, nobody says when it is known",
     [](MadeAudit& m) {
       const auto dx = m.column("dx");
       m.fill("code", [&](size_t row) {
         return "D" + std::to_string(dx[row] == "mel" ? 1 : dx[row] == "nv" ? 2 : 3);
       });
       m.prompt += " Code {code}.";
     },
     "field-determines", Severity::error, 0.99, "'code'"},
    {"one value that gives the class away (follow_up)",
     [](MadeAudit& m) {
       const auto dx = m.column("dx"), patient = m.column("patient");
       m.fill("dx_type", [&](size_t row) {
         return std::string(dx[row] == "nv" && patient[row].back() % 2 == 0 ? "follow_up"
                                                                            : "histo");
       });
       m.prompt += " Diagnosed by {dx_type}.";
     },
     "field-determines", Severity::warning, 0.2, "'follow_up' is always nv"},
    {"the same, declared after and not allowed",
     [](MadeAudit& m) {
       const auto dx = m.column("dx"), patient = m.column("patient");
       m.fill("dx_type", [&](size_t row) {
         return std::string(dx[row] == "nv" && patient[row].back() % 2 == 0 ? "follow_up"
                                                                            : "histo");
       });
       m.facts.fields["dx_type"] = {Known::after, false};
       m.prompt += " Diagnosed by {dx_type}.";
     },
     "field-determines", Severity::error, 0.2, "after the diagnosis"},
    {"a number that is a threshold away from the class",
     [](MadeAudit& m) {
       const auto dx = m.column("dx");
       Rng rng(4);
       m.fill("score", [&](size_t row) {
         return std::to_string(rng.uniform() + (dx[row] == "mel" ? 1 : dx[row] == "nv" ? 2 : 3));
       });
       m.prompt += " Score {score}.";
     },
     "field-determines", Severity::error, 0.9, "'score'"},
    {"two fields that tell the class together only",
     [](MadeAudit& m) {
       const auto dx = m.column("dx"), patient = m.column("patient");
       m.fill("two", [&](size_t row) { return std::string(dx[row] == "nv" ? "yes" : "no"); });
       m.label = "two";
       const auto key = [patient](size_t row) {
         return std::hash<std::string>()(patient[row]) % 2;
       };
       m.fill("a", [&](size_t row) { return std::string(key(row) ? "u" : "v"); });
       m.fill("b", [&](size_t row) {
         return std::string((dx[row] == "nv") == (key(row) == 1) ? "u" : "v");
       });
       m.prompt = "A {a} b {b}.";
     },
     "prompt-lookup", Severity::error, 1, "100.0 %"},
    {"a finding of the same reading",
     [](MadeAudit& m) {
       m.facts.fields["site"] = {Known::same_reading, false};
     },
     "not-before", Severity::error, 1, "'site' (same-reading)"},
    {"a band of a number that is a class",
     [](MadeAudit& m) {
       const auto dx = m.column("dx");
       Rng rng(5);
       m.fill("score", [&](size_t row) {
         return std::to_string(rng.uniform() + (dx[row] == "mel" ? 1 : 2 * double(rng.below(2))));
       });
       m.prompt += " Score {score}.";
     },
     "field-determines", Severity::warning, 0.2, "always mel"},
    {"test rows drawn by row",
     [](MadeAudit& m) {
       m.last = [](AuditInput& input) {
         Split split;
         for (int32_t row = 0; row < 600; ++row) {
           (row % 5 == 0 ? split.test : split.train).push_back(row);
         }
         input.split = split;
       };
     },
     "shared-group", Severity::error, 0.1, "split by group"},
    {"the same letters on both sides",
     [](MadeAudit& m) {
       m.fill("notes",
              [](size_t row) { return "Letter " + std::to_string(row >= 590 ? row - 590 : row); });
       m.prompt = "{notes}";
       m.last = [](AuditInput& input) {
         Split split;
         for (int32_t row = 0; row < 600; ++row) {
           (row >= 500 ? split.test : split.train).push_back(row);
         }
         input.split = split;
       };
     },
     "shared-text", Severity::warning, 10.0 / 600, "10.0 % of the test rows"},
    {"one hospital has the melanomas",
     [](MadeAudit& m) {
       const auto dx = m.column("dx"), patient = m.column("patient");
       m.fill("hospital", [&](size_t row) {
         return std::string(dx[row] == "mel" || std::hash<std::string>()(patient[row]) % 4 == 0
                                ? "north"
                                : "south");
       });
       m.last = [](AuditInput& input) { input.sites = {"hospital"}; };
     },
     "site-and-class", Severity::warning, 0.1, "'north' and mel"},
    {"texts that the tokenizer cut",
     [](MadeAudit& m) {
       m.last = [](AuditInput& input) {
         input.cut_texts = {600, 150, 9000, 450, {{"site", 150}, {"sex", 3}}};
       };
     },
     "truncated-texts", Severity::warning, 0,
     "150 texts of 600 texts (25.0 %), and with them all or a part of 'site' in 150 rows (25.0 %), "
     "'sex' in 3 rows (0.5 %); 5.0 % of the words are lost"},
    {"a picture saved again for another patient",
     [](MadeAudit& m) {
       add_pictures(m, [](MadeAudit&, MadePictures& p) { p.copy(0, 510, 4, 21); });
     },
     "near-images", Severity::warning, 2.0 / 600, "rows 1 and 511 (21 of 576 bits differ"},
    {"one class in larger pictures",
     [](MadeAudit& m) {
       add_pictures(m, [](MadeAudit& own, MadePictures& p) {
         const auto& dx = own.column("dx");
         for (size_t row = 0; row < dx.size(); ++row) {
           if (dx[row] == "mel") p.pictures[row]->height = 600;
         }
       });
     },
     "image-size-and-class", Severity::warning, 0.1, "'600x600' and mel"},
    {"pictures that show the class to anybody",
     [](MadeAudit& m) {
       add_pictures(m, [](MadeAudit& own, MadePictures& p) {
         const auto& dx = own.column("dx");
         for (size_t row = 0; row < dx.size(); ++row) {
           p.vectors(int64_t(row), dx[row] == "mel" ? 0 : dx[row] == "nv" ? 1 : 2) += 9;
         }
       });
     },
     "image-alone", Severity::warning, 1, "marks, borders, the camera"},
    {"one text for everybody", [](MadeAudit& m) { m.prompt = "A picture of skin."; },
     "constant-texts", Severity::warning, 1, "100.0 %"},
    {"fields of which nobody said anything", [](MadeAudit& m) { m.facts.fields.clear(); },
     "undeclared-fields", Severity::warning, 1, "'age', 'sex' and 'site'"},
};

class PlantedLeak : public testing::TestWithParam<Planted> {};

TEST_P(PlantedLeak, IsFound) {
  const Planted& planted = GetParam();
  MadeAudit made = made_audit();
  planted.plant(made);
  Silent silent;
  const std::vector<Finding> findings = audit(made.input(), silent);
  const Finding* found = find(findings, planted.check);
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, planted.severity) << told(findings);
  const double share = static_cast<double>(found->row_count) / static_cast<double>(made.rows());
  EXPECT_GE(share, planted.least_share) << told(findings);
  if (planted.least_share > 0) {
    ASSERT_FALSE(found->rows.empty());
    EXPECT_GE(found->rows.front(), 1);
  }
  EXPECT_LE(found->rows.size(), static_cast<size_t>(kShownRows));
  EXPECT_NE((found->message + found->advice).find(planted.message), std::string::npos)
      << told(findings);
  EXPECT_FALSE(found->advice.empty());
}

INSTANTIATE_TEST_SUITE_P(Audit, PlantedLeak, testing::ValuesIn(kPlanted));

struct Clean {
  const char* name;
  void (*make)(MadeAudit&);
};

std::ostream& operator<<(std::ostream& out, const Clean& clean) { return out << clean.name; }

const Clean kClean[] = {
    {"age, sex and site", [](MadeAudit&) {}},
    {"nothing declared", [](MadeAudit& m) { m.facts.fields.clear(); }},
    {"rows alone", [](MadeAudit& m) { m.group.clear(); }},
    {"a field that is right nine times in ten",
     [](MadeAudit& m) {
       const auto dx = m.column("dx"), patient = m.column("patient");
       m.fill("bleeds", [&](size_t row) {
         return std::string((dx[row] == "mel") != (std::hash<std::string>()(patient[row]) % 10 == 0)
                                ? "yes"
                                : "no");
       });
       m.prompt += " Bleeds: {bleeds}.";
     }},
    {"answers that are also the label's values",
     [](MadeAudit& m) {
       const auto dx = m.column("dx"), patient = m.column("patient");
       m.fill("malignant",
              [&](size_t row) { return std::string(dx[row] == "mel" ? "yes" : "no"); });
       m.fill("itch", [&](size_t row) {
         return std::string((dx[row] == "mel") != (std::hash<std::string>()(patient[row]) % 5 == 0)
                                ? "yes"
                                : "no");
       });
       m.label = "malignant";
       m.prompt += " Itch: {itch}.";
     }},
    {"an identifier of the patient, and notes of his own",
     [](MadeAudit& m) {
       const auto patient = m.column("patient");
       m.fill("notes", [&](size_t row) { return "Letter about " + patient[row]; });
       m.declare_before({"patient", "notes"});
       m.prompt += " {patient} {notes}";
     }},
    {"the template names a class in every text",
     [](MadeAudit& m) { m.prompt += " Is it mel or nv?"; }},
    {"a field of chance with many values",
     [](MadeAudit& m) {
       Rng rng(8);
       m.fill("doctor", [&](size_t) { return "dr " + std::to_string(rng.below(40)); });
       m.fill("weight", [&](size_t) { return std::to_string(rng.uniform(40, 110)); });
       m.prompt += " {doctor}, {weight} kg.";
     }},
    {"a class that determines a value, not the other way round",
     [](MadeAudit& m) {
       const auto dx = m.column("dx"), patient = m.column("patient");
       m.fill("work_up", [&](size_t row) {
         return std::string(dx[row] == "mel" || std::hash<std::string>()(patient[row]) % 3 == 0
                                ? "long"
                                : "short");
       });
       m.declare_before({"work_up"});
       m.prompt += " {work_up}";
     }},
    {"pictures of many sizes that show the class a little",
     [](MadeAudit& m) {
       add_pictures(m, [](MadeAudit& own, MadePictures& p) {
         const auto& dx = own.column("dx");
         const auto& patient = own.column("patient");
         for (size_t row = 0; row < dx.size(); ++row) {
           p.vectors(int64_t(row), dx[row] == "mel" ? 0 : 1) += 1;
           Rng rng(std::hash<std::string>()(patient[row]));
           p.pictures[row]->width = 500 + static_cast<int64_t>(rng.below(400));
           p.pictures[row]->bytes = 1000 * static_cast<int64_t>(1 + rng.below(90));
         }
       });
     }},
    {"numbers that predict, hospitals that do not, a split by group",
     [](MadeAudit& m) {
       const auto dx = m.column("dx"), patient = m.column("patient");
       m.fill("size", [&](size_t row) {
         Rng rng(std::hash<std::string>()(patient[row]));
         const double size = rng.uniform();
         return std::to_string(dx[row] == "mel" && rng.below(3) == 0 ? (1 + size) / 2 : size);
       });
       m.fill("hospital", [&](size_t row) {
         return std::to_string(std::hash<std::string>()(patient[row]) % 3);
       });
       m.declare_before({"size"});
       m.prompt += " {size} cm.";
       m.last = [](AuditInput& input) {
         input.sites = {"hospital"};
         Split split;
         for (size_t row = 0; row < 600; ++row) {
           const int32_t group = input.groups.of_row[row];
           (group % 5 == 0 ? split.test : split.train).push_back(static_cast<int32_t>(row));
         }
         input.split = split;
       };
     }},
};

class CleanTable : public testing::TestWithParam<Clean> {};

TEST_P(CleanTable, RaisesNoErrorAndHardlyAWarning) {
  int warned = 0;  // of five tables; by chance a value of an honest field may look pure
  std::string warnings;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    MadeAudit made = made_audit(600, seed);
    GetParam().make(made);
    Silent silent;
    const std::vector<Finding> findings = audit(made.input(), silent);
    bool warns = false;
    for (const Finding& finding : findings) {
      EXPECT_NE(finding.severity, Severity::error) << told(findings);
      warns |= finding.severity == Severity::warning && finding.check != "undeclared-fields";
    }
    warned += warns;
    if (warns) warnings += told(findings);
  }
  EXPECT_LE(warned, 1) << warnings;
}

INSTANTIATE_TEST_SUITE_P(Audit, CleanTable, testing::ValuesIn(kClean));

TEST(Audit, PredictingIsANote) {
  MadeAudit made = made_audit();
  Silent silent;
  const std::vector<Finding> findings = audit(made.input(), silent);
  const Finding* found = find(findings, "field-predicts");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::note);
  EXPECT_EQ(find(findings, "undeclared-fields"), nullptr);
  EXPECT_EQ(find(findings, "unused-facts"), nullptr);
}

TEST(Audit, ATemplatesOwnWordsAreANote) {
  MadeAudit made = made_audit();
  made.prompt += " Is it mel or nv?";
  Silent silent;
  const std::vector<Finding> findings = audit(made.input(), silent);
  const Finding* found = find(findings, "label-in-text");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->severity, Severity::note) << told(findings);
}

TEST(Audit, DeclaredBeforeButDeterminingIsAWarning) {
  MadeAudit made = made_audit();
  const auto dx = made.column("dx");
  made.fill("code", [&](size_t row) { return "c" + dx[row].substr(0, 1); });
  made.declare_before({"code"});
  made.prompt += " {code}";
  Silent silent;
  const std::vector<Finding> findings = audit(made.input(), silent);
  ASSERT_NE(find(findings, "field-determines"), nullptr);
  EXPECT_EQ(find(findings, "field-determines")->severity, Severity::warning) << told(findings);
  // With age, sex and site beside it too few prompts recur: the field alone has to be looked at.
  ASSERT_NE(find(findings, "prompt-lookup"), nullptr);
  EXPECT_EQ(find(findings, "prompt-lookup")->severity, Severity::note) << told(findings);
  made.prompt = "{code}";
  EXPECT_EQ(find(audit(made.input(), silent), "prompt-lookup")->severity, Severity::warning);
}

TEST(Audit, SortedBySeverityAndTheSameForAnyNumberOfThreads) {
  MadeAudit made = made_audit();
  made.facts.fields.clear();
  made.facts.fields["site"] = {Known::after, false};
  made.facts.fields["weight"] = {Known::before, false};
  made.facts.synonyms["df"] = {"dermatofibroma"};
  Silent silent;
  AuditInput input = made.input();
  const std::vector<Finding> one = audit(input, silent);
  for (size_t i = 1; i < one.size(); ++i) EXPECT_GE(one[i - 1].severity, one[i].severity);
  EXPECT_EQ(one.front().check, "not-before");
  ASSERT_NE(find(one, "unused-facts"), nullptr);
  EXPECT_NE(find(one, "unused-facts")->message.find("'weight' and 'df'"), std::string::npos);
  input.threads = 3;
  EXPECT_EQ(told(one), told(audit(input, silent)));
}

TEST(Audit, RowsAreThoseOfTheTable) {
  MadeAudit made = made_audit();
  made.prompt = "{dx}";
  AuditInput input = made.input();
  for (int64_t& row : input.table_row) row += 1000;
  Silent silent;
  const std::vector<Finding> findings = audit(input, silent);
  EXPECT_EQ(find(findings, "label-in-text")->rows.front(), 1001);
  EXPECT_EQ(find(findings, "label-in-text")->row_count, 600);
}

}  // namespace
}  // namespace puente
