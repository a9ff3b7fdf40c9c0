#include "results/model_card.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <utility>

#include "results/card_performance.h"
#include "results/json_parts.h"

namespace puente {
namespace {

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string list_text(const Json& names) {
  std::string text;
  for (const Json& name : names) text += (text.empty() ? "" : ", ") + text_of(name);
  return text;
}

/// Validation macro F1 of the chosen epoch; -1 where it is not known.
double validation_score(const Json& metrics) {
  if (!metrics.contains("chosen") || !metrics.contains("epochs")) return -1;
  const auto epoch = metrics.at("chosen").value("epoch", size_t{0});
  const Json& epochs = metrics.at("epochs");
  if (epoch == 0 || epoch > epochs.size()) return -1;
  const Json scores = epochs.at(epoch - 1).value("validation", Json::object());
  const Json score = scores.value("macro_f1", Json());
  return score.is_number() ? score.get<double>() : -1;
}

/// What the card is about.
const FoundResult* model_of(const std::vector<FoundResult>& found) {
  const FoundResult* best = nullptr;
  const auto rank = [](const FoundResult& f) {
    switch (f.kind) {
      case ResultKind::train:
      case ResultKind::finetune:
        return 4;
      case ResultKind::cross_validation:
        return 3;
      case ResultKind::sweep:
        return 2;
      case ResultKind::baselines:
      case ResultKind::evaluate:
        return 1;
      default:
        return 0;
    }
  };
  for (const FoundResult& one : found) {
    if (rank(one) == 0) continue;
    if (best == nullptr || rank(one) > rank(*best) ||
        (rank(one) == rank(*best) &&
         validation_score(one.metrics) > validation_score(best->metrics))) {
      best = &one;
    }
  }
  return best;
}

class CardWriter {
 public:
  CardWriter(std::string name, const std::vector<FoundResult>& found)
      : name_(std::move(name)), found_(found), model_(model_of(found)) {
    if (model_ != nullptr) metrics_ = model_->metrics;
    for (const Json& table : list_at(metrics_, "tables")) {
      if (table.contains("embedding")) embeddings_.push_back(table.at("embedding"));
    }
    for (const FoundResult& one : found_) {
      if (one.kind == ResultKind::embed && embeddings_.empty()) embeddings_.push_back(one.metrics);
    }
  }

  Json card() {
    about();
    data();
    participants();
    outcome();
    predictors();
    sample();
    missing();
    analysis();
    performance();
    fairness();
    leaks();
    limits();
    openness();
    return std::move(card_);
  }

 private:
  void section(const std::string& heading, const std::string& source) {
    card_.push_back({{"heading", heading}, {"source", source}, {"entries", Json::array()}});
  }
  void add(const std::string& item, Json text = nullptr) {
    if (text.is_string() && text.get_ref<const std::string&>().empty()) text = nullptr;
    entries().push_back(card_entry(item, std::move(text)));
  }
  Json& entries() { return card_.back()["entries"]; }

  void about() {
    section("The model and its use", "TRIPOD+AI 1, 3, 4; CLAIM 1, 3, 4, 6");
    add("Name", name_);
    add("Kind", kind_text());
    add("Software", "puente " + metrics_.value("puente", std::string(PUENTE_VERSION)));
    add("Intended use, and where in the care of a patient");
    add("Intended users");
    add("Patients it is for, and those it is not for");
    add("Known inequalities in health among them");
    if (metrics_.contains("cautions")) {
      for (const Json& caution : metrics_.at("cautions")) {
        const std::string line = text_of(caution);
        // The findings of the audit have a section of their own.
        if (line.starts_with(' ') || line.starts_with("warning: ") || line.starts_with("error: ")) {
          continue;
        }
        add("Caution", line);
      }
    }
  }

  Json kind_text() const {
    if (model_ == nullptr) return nullptr;
    switch (model_->kind) {
      case ResultKind::evaluate:
        return "a trained classifier on other data, nothing refitted";
      case ResultKind::cross_validation:
        return "a classifier on embeddings, trained once for each split";
      case ResultKind::finetune:
        return "encoders trained on pictures and texts themselves under a fusion classifier";
      case ResultKind::sweep:
        return "many trainings that compare alignments";
      case ResultKind::baselines:
        return "simpler classifiers beside a fusion classifier";
      default:
        return "a fusion classifier on embeddings of frozen foundation models";
    }
  }

  void data() {
    section("Data", "TRIPOD+AI 5a, 5b, 7; CLAIM 5, 7, 9, 12");
    for (const Json& table : list_at(metrics_, "tables")) {
      std::string text = table.value("table", "");
      for (const auto& [file, hash] : object_at(table, "sha256").items()) {
        text += fmt::format("; sha256 of {}: {}", file, text_of(hash));
      }
      add("Table of embeddings", text);
    }
    for (const Json& embedding : embeddings_) {
      if (!embedding.contains("manifest")) continue;
      const Json& manifest = embedding.at("manifest");
      add("Manifest",
          fmt::format("{}; sha256 {}", manifest.value("file", ""), manifest.value("sha256", "")));
      add("Rows embedded", fmt::format("{}; {} left out for want of a readable picture",
                                       embedding.value("rows", int64_t{0}),
                                       embedding.value("skipped_rows", int64_t{0})));
      if (embedding.contains("pictures")) {
        add("Preparation of pictures", settings_text(embedding.at("pictures")));
      }
    }
    add("Where the data come from, and why these");
    add("First and last date of collection");
    add("Collected for this study, or before it");
    add("How patients' identities were removed");
  }

  static std::string settings_text(const Json& settings) {
    std::string text;
    for (const auto& [key, value] : settings.items()) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, text_of(value));
    }
    return text;
  }

  void participants() {
    section("Patients", "TRIPOD+AI 6a, 6b, 6c, 20a, 20b; CLAIM 8, 33, 34");
    if (metrics_.contains("group")) {
      const Json& group = metrics_.at("group");
      add("Rows that belong together",
          group.is_null() ? Json("each row stands alone (--no-group)")
                          : Json("those with the same value in column " + text_of(group)));
    }
    const Json& left_out = list_at(metrics_, "left_out_classes");
    if (!left_out.empty()) add("Classes left out for having too few groups", list_text(left_out));
    add("Setting and number of sites");
    add("Who could be in, and who not");
    add("Treatments received");
    add("Age, sex and other characteristics");
  }

  void outcome() {
    section("Outcome", "TRIPOD+AI 8a, 8b, 8c; CLAIM 14, 15, 16, 18");
    if (metrics_.contains("task")) {
      const Json& task = metrics_.at("task");
      add("Column", task.value("label", ""));
      add("Kind", task.value("type", ""));
      if (task.contains("classes")) add("Classes", list_text(task.at("classes")));
      if (task.contains("order"))
        add("Order of the classes, lowest first", list_text(task.at("order")));
      for (const Json& label : list_at(task, "labels")) {
        add("Label " + label.value("label", ""),
            fmt::format("no: {}, yes: {}", label.value("no", ""), label.value("yes", "")));
      }
    }
    add("How it was assessed, and at what time");
    add("Who assessed it, with what training");
    add("Whether assessors knew the predictors");
    add("Agreement between assessors");
  }

  void predictors() {
    section("Predictors", "TRIPOD+AI 9a, 9b, 9c; CLAIM 9, 11, 22");
    for (const Json& embedding : embeddings_) {
      encoder_of(embedding, "image_encoder", "Encoder of pictures", "image_pool", "image_dim");
      encoder_of(embedding, "text_encoder", "Encoder of texts", "text_pool", "text_dim");
      add_known(embedding, "prompt", "Text is made of columns by");
      add_known(embedding, "text_column", "Text is column");
      if (embedding.value("truncated_texts", int64_t{0}) > 0) {
        add("Texts that were too long and lost their end",
            fmt::format("{}", embedding.value("truncated_texts", int64_t{0})));
      }
    }
    if (metrics_.contains("tabular"))
      add("Columns of the table", list_text(metrics_.at("tabular")));
    add("Why these predictors");
    add("When each is known, before or after the outcome is assessed");
  }

  void add_known(const Json& from, const char* key, const std::string& item) {
    const Json value = from.value(key, Json());
    if (value.is_string()) add(item, value);
  }

  void encoder_of(const Json& embedding, const char* encoder, const std::string& item,
                  const char* pool, const char* dim) {
    if (!embedding.contains(encoder)) return;
    const Json& own = embedding.at(encoder);
    std::string text = own.value("folder", "");
    for (const char* key : {"sha256", "sampled_sha256"}) {
      for (const auto& [file, hash] : object_at(own, key).items()) {
        text += fmt::format("; {} of {}: {}",
                            key == std::string_view("sha256") ? "sha256" : "sampled sha256", file,
                            text_of(hash));
      }
    }
    text += fmt::format("; pool {}; {} numbers", embedding.value(pool, "model"),
                        embedding.value(dim, int64_t{0}));
    const Json& precision = object_at(embedding, "precision");
    const Json own_precision =
        precision.value(std::string(encoder).substr(0, std::string(encoder).find('_')), Json());
    if (own_precision.is_string()) text += "; " + text_of(own_precision);
    if (embedding.value("untrained", false)) text += "; untrained: its weights are random numbers";
    add(item, text);
  }

  void sample() {
    section("Sample size", "TRIPOD+AI 10, 16, 20c; CLAIM 19, 20, 21");
    const Json& split = object_at(metrics_, "split");
    for (const auto& [part, name] : {std::pair{"train", "Training rows"},
                                     {"validation", "Validation rows"},
                                     {"test", "Test rows"},
                                     {"left_out", "Rows in no part"}}) {
      if (split.contains(part)) add(name, part_text(split.at(part)));
    }
    if (metrics_.contains("splits")) {
      add("Splits", fmt::format("{}; every row is scored by a training that has not seen its group",
                                metrics_.at("splits").size()));
    }
    if (model_ != nullptr && model_->kind == ResultKind::evaluate) {
      add("Rows scored", fmt::format("{}", metrics_.at("test").value("rows", int64_t{0})));
    }
    if (metrics_.contains("protocol")) add("Protocol", protocol_text());
    add("How the sample size was arrived at");
  }

  static std::string part_text(const Json& part) {
    std::string text = fmt::format("{}", part.value("rows", int64_t{0}));
    if (part.contains("groups")) {
      text += fmt::format(" of {} groups", part.at("groups").get<int64_t>());
    }
    std::string classes;
    for (const auto& [name, rows] : object_at(part, "rows_per_class").items()) {
      classes += fmt::format("{}{} {}", classes.empty() ? "" : ", ", name, rows.get<int64_t>());
    }
    for (const auto& [label, answers] : object_at(part, "rows_per_label").items()) {
      classes +=
          fmt::format("{}{}: {}", classes.empty() ? "" : "; ", label, settings_text(answers));
    }
    return classes.empty() ? text : text + " (" + classes + ")";
  }

  std::string protocol_text() const {
    const std::string protocol = metrics_.value("protocol", "");
    if (protocol == "paper") {
      return "paper: rows are parted by picture, and the test rows chose epoch and figures: "
             "optimistic";
    }
    return protocol + ": no group is in two parts; the test rows chose nothing";
  }

  void missing() {
    section("Missing values", "TRIPOD+AI 11; CLAIM 13");
    if (metrics_.contains("rows_without_label")) {
      add("Rows without a label, left out",
          fmt::format("{}", metrics_.at("rows_without_label").get<int64_t>()));
    }
    add("How missing values of predictors were handled");
  }

  void analysis() {
    section("Making of the model", "TRIPOD+AI 12a, 12b, 12c, 12e, 13, 21, 22; CLAIM 22 to 30");
    if (metrics_.contains("fusion")) add("Classifier", fusion_text(metrics_.at("fusion")));
    add_known(metrics_, "align", "Alignment of the modalities");
    if (metrics_.contains("chosen") && metrics_.at("chosen").is_object()) {
      const Json& chosen = metrics_.at("chosen");
      add("Epoch", fmt::format("{} of {}, by the {}", chosen.value("epoch", 0),
                               list_at(metrics_, "epochs").size(), chosen.value("rule", "")));
    }
    if (metrics_.contains("options")) add("Options", settings_text(metrics_.at("options")));
    if (model_ != nullptr && model_->kind != ResultKind::evaluate) {
      add("Class imbalance", "the loss weighs classes inversely to their training rows");
    }
    for (const FoundResult& one : found_) {
      if (one.kind != ResultKind::sweep) continue;
      add("Chosen by a sweep",
          one.metrics.value("chosen_by", "") + ": " + choices_text(one.metrics));
      if (one.metrics.contains("verdict")) {
        add("Verdict on alignment", one.metrics.at("verdict").value("sentence", ""));
      }
      break;
    }
    add("Figures and intervals",
        "95 % intervals draw whole groups (cluster bootstrap); docs/evaluation.md says how");
    add("What was tried and not kept");
  }

  static std::string fusion_text(const Json& fusion) {
    if (fusion.is_string()) return text_of(fusion) + " fusion";
    return fmt::format("{} fusion, {} + {} numbers in, {} parameters", fusion.value("kind", ""),
                       fusion.value("image_dim", int64_t{0}), fusion.value("text_dim", int64_t{0}),
                       fusion.value("parameters", int64_t{0}));
  }

  static std::string choices_text(const Json& sweep) {
    std::string text;
    for (const Json& chosen : list_at(sweep, "chosen")) {
      text += fmt::format("{}{} with {} fusion", text.empty() ? "" : "; ",
                          chosen.value("align", ""), chosen.value("fusion", ""));
    }
    return text;
  }

  void performance() {
    section("Performance", "TRIPOD+AI 12e, 23a; CLAIM 28, 29, 32, 35, 36");
    const Json& test = object_at(metrics_, "test");
    add_figures(test, "", entries());
    if (test.contains("repeats")) pooled_figures(test);
    add_classes(test, entries());
    add_assessment(metrics_, entries());
    for (const FoundResult& one : found_) {
      if (one.kind != ResultKind::evaluate || &one == model_) continue;
      const std::string where = one.path.empty() ? "Other data" : "Other data, " + one.path;
      add_figures(object_at(one.metrics, "test"), where + ": ", entries());
    }
    add("What the model gets wrong, looked at case by case");
  }

  /// Of the rows of all splits together; of several repeats the first.
  void pooled_figures(const Json& test) {
    if (test.at("repeats").empty()) return;
    Json first = test.at("repeats").at(0);
    if (test.contains("intervals")) first["intervals"] = test.at("intervals");
    add_figures(first, "", entries());
  }

  void fairness() {
    section("Subgroups", "TRIPOD+AI 3c, 14, 23a; CLAIM 34, 36");
    const size_t before = entries().size();
    add_subgroups(metrics_, entries());
    if (entries().size() == before) add("Performance in subgroups (--subgroups COLUMN)");
    add("What differences would matter, and to whom");
  }

  void leaks() {
    section("Leak audit", "TRIPOD+AI 12a; CLAIM 21, 30");
    bool found = false;
    for (const Json& finding : list_at(metrics_, "audit")) {
      found = true;
      add(finding.value("severity", "") + ": " + finding.value("check", ""),
          finding.value("message", ""));
    }
    if (!found && metrics_.contains("audit")) add("Findings", "none");
    if (!metrics_.contains("audit")) add("Findings");
  }

  void limits() {
    section("Limits and use", "TRIPOD+AI 15, 25, 26, 27; CLAIM 37, 38, 39");
    add("Output",
        "a probability for each class; puente is research software, not a medical device");
    add("What to do where a picture or a field is missing or poor");
    add("Who has to look at the output, and what they must know");
    add("Limitations");
    add("What is to be done next");
  }

  void openness() {
    section("Openness", "TRIPOD+AI 17, 18, 19; CLAIM 40, 41, 42");
    for (const char* item :
         {"Approval by an ethics committee", "Funding and its role", "Conflicts of interest",
          "Protocol and registration", "Where the data can be had",
          "Where code and model can be had", "How patients and the public took part"}) {
      add(item);
    }
  }

  std::string name_;
  const std::vector<FoundResult>& found_;
  const FoundResult* model_;
  Json metrics_ = Json::object();
  std::vector<Json> embeddings_;
  Json card_ = Json::array();
};

/// On one line, and nothing of it markup.
std::string plain_markdown(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '[' || c == '`' || c == '*' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

}  // namespace

Json model_card(const std::string& name, const std::vector<FoundResult>& found) {
  return CardWriter(name, found).card();
}

std::string card_markdown(const std::string& name, const Json& card) {
  std::string text = fmt::format(
      "# Model card: {}\n\nFilled in by puente as far as its files know. **To fill in** marks what "
      "people have to say. Numbers in brackets are items of TRIPOD+AI (2024) and CLAIM (2020).\n",
      plain_markdown(name));
  for (const Json& section : card) {
    text += fmt::format("\n## {} ({})\n\n", section.at("heading").get<std::string>(),
                        section.at("source").get<std::string>());
    for (const Json& entry : section.at("entries")) {
      const Json& what = entry.at("text");
      text +=
          fmt::format("- {}: {}\n", plain_markdown(entry.at("item").get<std::string>()),
                      what.is_null() ? "**to fill in**" : plain_markdown(what.get<std::string>()));
    }
  }
  return text;
}

}  // namespace puente
