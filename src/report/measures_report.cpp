#include "report/measures_report.h"

#include <cmath>
#include <fmt/format.h>

#include "report/text_table.h"

namespace puente {
namespace {

Json pairing_json(const OneWayPairing& pairing) {
  Json json = {{"candidates", pairing.candidates}};
  for (size_t k = 0; k < kRetrievalDepths.size(); ++k) {
    const std::string depth = std::to_string(kRetrievalDepths[k]);
    json["recall_at"][depth] = pairing.recall[k];
    json["by_chance"][depth] = pairing.chance[k];
  }
  return json;
}

std::string retrieval_text(const Json& json) {
  std::vector<std::string> header = {"finding its own"};
  for (const int64_t depth : kRetrievalDepths) header.push_back(fmt::format("R@{}", depth));
  header.push_back("CLIP loss");
  TextTable ways(header);
  const Json& loss = json["clip_loss"];
  for (const auto& [key, words] : {std::pair{"image_to_text", "an image, among {} texts"},
                                   std::pair{"text_to_image", "a text, among {} images"}}) {
    const Json& way = json["retrieval"][key];
    for (const char* which : {"recall_at", "by_chance"}) {
      const bool measured = std::string_view(which) == "recall_at";
      std::vector<std::string> row = {
          measured ? fmt::format(fmt::runtime(words), way["candidates"].get<int64_t>())
                   : "  by chance"};
      for (const auto& [depth, share] : way[which].items()) {
        row.push_back(score_text(share.get<double>()));
      }
      row.push_back(score_text(loss[measured ? key : "of_equal_cosines"].get<double>()));
      ways.add(std::move(row));
    }
  }
  return ways.text();
}

double sum_of(const Json& pair) { return pair[0].get<double>() + pair[1].get<double>(); }

}  // namespace

void add_measures(Json& json, const TableMeasures& measures) {
  const GapMeasures& gap = measures.gap;
  if (measures.image_rank) {
    json["image"]["cone_angle_degrees"] = gap.image_angle;
    json["image"]["effective_rank"] = *measures.image_rank;
  }
  if (measures.text_rank) {
    json["text"]["cone_angle_degrees"] = gap.text_angle;
    json["text"]["effective_rank"] = *measures.text_rank;
  }
  json["measured_rows"] = measures.rows;
  if (!std::isnan(gap.gap_norm)) {
    json["gap"] = {{"norm", gap.gap_norm},
                   {"mean_cosine_of_pairs", gap.paired_cosine},
                   {"mean_cosine_across", gap.cross_cosine},
                   {"mean_distance_of_pairs", gap.paired_distance},
                   {"mean_squared_distance_of_pairs", gap.paired_squares},
                   {"centroid_part", gap.gap_norm * gap.gap_norm},
                   {"distribution_part", gap.distribution_part}};
  }
  if (measures.joint) {
    json["joint_components"] = {{"share_of_variance", measures.joint->share},
                                {"image_variance", measures.joint->image_variance},
                                {"text_variance", measures.joint->text_variance}};
  }
  if (measures.pairing) {
    const PairingMeasures& p = *measures.pairing;
    json["retrieval"] = {{"image_to_text", pairing_json(p.image_to_text)},
                         {"text_to_image", pairing_json(p.text_to_image)}};
    json["clip_loss"] = {{"temperature", p.temperature},
                         {"image_to_text", p.image_to_text.clip_loss},
                         {"text_to_image", p.text_to_image.clip_loss},
                         {"mean", (p.image_to_text.clip_loss + p.text_to_image.clip_loss) / 2},
                         {"of_equal_cosines", std::log(static_cast<double>(p.rows))}};
  }
}

std::string measures_text(const Json& json) {
  std::string text;
  if (json.contains("gap")) {
    const Json& gap = json["gap"];
    text += fmt::format(
        "\nmodality gap (distance of the two means): {:.4f}\n"
        "mean cosine of an image with its own text: {:.4f}, with any text: {:.4f}\n"
        "squared distance of an image from its own text: {:.4f}, "
        "{:.4f} of it between the means, {:.4f} around them\n",
        gap["norm"].get<double>(), gap["mean_cosine_of_pairs"].get<double>(),
        gap["mean_cosine_across"].get<double>(),
        gap["mean_squared_distance_of_pairs"].get<double>(), gap["centroid_part"].get<double>(),
        gap["distribution_part"].get<double>());
  } else if (json.contains("image") && json.contains("text")) {
    text +=
        "\nimage and text vectors differ in width, so gap, joint components, retrieval and CLIP "
        "loss are not defined\n";
  }
  if (json.contains("joint_components")) {
    const Json& joint = json["joint_components"];
    if (!joint["share_of_variance"][0].is_null()) {
      text += fmt::format(
          "variance in the two joint components ({:.1f} % of all): image {}, text {}\n",
          100 * sum_of(joint["share_of_variance"]), small_text(sum_of(joint["image_variance"])),
          small_text(sum_of(joint["text_variance"])));
    }
  }
  if (json.contains("retrieval")) {
    text += "\n" + retrieval_text(json);
    text += fmt::format(
        "CLIP loss (the paper's equation 8) at temperature {:g}; by chance: of equal cosines\n",
        json["clip_loss"]["temperature"].get<double>());
  }
  if (json["measured_rows"] != json["rows"]) {
    text += fmt::format(
        "effective ranks, joint components, retrieval and loss are of {} rows drawn by lot\n",
        json["measured_rows"].get<int64_t>());
  }
  return text;
}

}  // namespace puente
