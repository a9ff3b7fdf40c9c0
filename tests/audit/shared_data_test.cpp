// What the audit has to say about real tables, and what it says of a table like the paper's.
#include <gtest/gtest.h>

#include "audit/audit.h"
#include "audit/made_audit.h"
#include "data/manifest.h"
#include "formats/json.h"
#include "support/files.h"

namespace puente {
namespace {

using test::find;
using test::told;

Dataset dataset_of(const std::filesystem::path& csv, const std::string& label,
                   const std::string& group) {
  Manifest manifest = read_manifest(csv);
  EmbeddingTable table;
  table.columns = std::move(manifest.columns);
  table.source = manifest.source;
  return make_dataset(std::move(table), {.label = label, .group = group});
}

TEST(SharedData, Ham10000DxTypeIsFound) {
  PUENTE_SHARED_DATA_OR_SKIP(csv, "ham10000/metadata.csv");
  const Dataset ham = dataset_of(csv, "dx", "lesion_id");
  AuditInput input = audit_input_of(ham);
  add_prompt(input,
             Prompt("Diagnosed by {dx_type}. Age: {age|int|unknown} years. Sex: {sex}. Site: "
                    "{localization}."),
             ham.table.source);
  Silent silent;
  std::vector<Finding> findings = audit(input, silent);
  std::cout << told(findings);
  const Finding* found = find(findings, "field-determines");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->severity, Severity::warning);
  EXPECT_GE(found->row_count, 3154);
  EXPECT_NE(found->message.find("field 'dx_type'"), std::string::npos);
  EXPECT_NE(found->message.find("'follow_up' is always nv (3,154 rows"), std::string::npos);

  // 0.72 in a random split by row, 0.684 over lesions: the difference is what lesions share.
  const Finding* lookup = find(findings, "prompt-lookup");
  ASSERT_NE(lookup, nullptr);
  EXPECT_EQ(lookup->severity, Severity::note);
  // Twenty other five-fold splits in numpy: mean and standard deviation.
  const Json golden = read_json(test::golden("audit.json"))["ham10000_prompt_lookup"];
  EXPECT_NEAR(lookup->figure, golden["mean"].get<double>(), 4 * golden["sd"].get<double>());

  const Finding* by_row = find(findings, "row-split");
  ASSERT_NE(by_row, nullptr);
  EXPECT_NEAR(by_row->figure, 0.39, 0.01);

  for (const char* field : {"age", "sex", "localization"}) {
    input.facts.fields[field] = {Known::before, false};
  }
  input.facts.fields["dx_type"] = {Known::after, false};
  findings = audit(input, silent);
  EXPECT_EQ(find(findings, "field-determines")->severity, Severity::error);
  EXPECT_EQ(find(findings, "not-before")->severity, Severity::error);
  EXPECT_EQ(find(findings, "undeclared-fields"), nullptr);

  // Without it nothing is wrong.
  add_prompt(input, Prompt("Age: {age|int|unknown} years. Sex: {sex}. Site: {localization}."),
             ham.table.source);
  findings = audit(input, silent);
  std::cout << told(findings);
  for (const Finding& finding : findings) EXPECT_EQ(finding.severity, Severity::note);
}

TEST(SharedData, CovidNotesNameTheFinding) {
  PUENTE_SHARED_DATA_OR_SKIP(csv, "covid_chestxray/metadata.csv");
  const Dataset covid = dataset_of(csv, "finding", "patientid");
  AuditInput input = audit_input_of(covid);
  input.facts.synonyms["COVID-19"] = {"COVID", "COVID19", "coronavirus", "2019-nCoV", "SARS-CoV-2"};
  add_prompt(input, Prompt("{clinical_notes|}"), covid.table.source);
  Silent silent;
  const std::vector<Finding> findings = audit(input, silent);
  std::cout << told(findings);
  const Finding* found = find(findings, "label-in-text");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->severity, Severity::error);
  EXPECT_GE(found->row_count, 32);
  EXPECT_NE(found->message.find("COVID-19"), std::string::npos);
}

/// Ten cities of 156 weeks, half of each city's weeks above its median; what the prompt of the
/// paper's code looks like.
test::MadeAudit satellite_bench() {
  test::MadeAudit made;
  std::vector<std::string> city, week, young, label;
  Rng rng(5);
  for (int c = 0; c < 10; ++c) {
    std::vector<int> above(156);
    for (size_t w = 0; w < 156; ++w) above[w] = w < 78;
    rng.shuffle(std::span(above));
    for (size_t w = 0; w < 156; ++w) {
      city.push_back("city " + std::to_string(c));
      week.push_back(std::to_string(w));
      young.push_back(std::to_string(7 + c % 4));
      label.push_back(std::to_string(above[w]));
    }
  }
  made.columns = {{"Municipality", city}, {"week", week}, {"age_0_4", young}, {"Labels", label}};
  made.label = "Labels";
  made.group = "Municipality";
  made.prompt = "City {Municipality}, {age_0_4} percent aged 0-4.";
  return made;
}

TEST(SharedData, SatelliteBenchLikeLabelInThePrompt) {
  Silent silent;
  test::MadeAudit made = satellite_bench();
  for (const Finding& finding : audit(made.input(), silent)) {
    EXPECT_NE(finding.severity, Severity::error) << finding.message;
  }
  made.prompt += " Labels: {Labels}.";
  std::vector<Finding> findings = audit(made.input(), silent);
  // No prompt recurs in another city: as a whole it tells nothing.
  for (const char* check : {"label-field", "label-in-text"}) {
    ASSERT_NE(find(findings, check), nullptr) << check << "\n" << told(findings);
    EXPECT_EQ(find(findings, check)->severity, Severity::error) << told(findings);
    EXPECT_EQ(find(findings, check)->row_count, 1560);
  }
  // The label under another name.
  made = satellite_bench();
  made.fill("outbreak", [label = made.column("Labels")](size_t row) { return label[row]; });
  made.prompt += " Outbreak {outbreak}.";
  findings = audit(made.input(), silent);
  const Finding* found = find(findings, "field-determines");
  ASSERT_NE(found, nullptr) << told(findings);
  EXPECT_EQ(found->severity, Severity::error) << told(findings);
  EXPECT_EQ(found->row_count, 1560);
}

}  // namespace
}  // namespace puente
