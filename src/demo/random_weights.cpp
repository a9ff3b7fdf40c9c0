#include "demo/random_weights.h"

#include <cmath>

namespace puente {
namespace {

class TensorList {
 public:
  void weight(std::string name, std::vector<int64_t> shape, double deviation) {
    tensors_.push_back({std::move(name), std::move(shape), 0, deviation, false});
  }
  void constant(std::string name, std::vector<int64_t> shape, double value) {
    tensors_.push_back({std::move(name), std::move(shape), value, 0, true});
  }
  void linear(const std::string& name, int64_t in, int64_t out, double deviation) {
    weight(name + ".weight", {out, in}, deviation);
    constant(name + ".bias", {out}, 0);
  }
  void layer_norm(const std::string& name, int64_t size) {
    constant(name + ".weight", {size}, 1);
    constant(name + ".bias", {size}, 0);
  }
  void blocks(const std::string& tower, int64_t layers, int64_t hidden, int64_t mlp) {
    const double c = 1 / std::sqrt(static_cast<double>(hidden));
    const double deep = c / std::sqrt(2.0 * static_cast<double>(layers));
    for (int64_t i = 0; i < layers; ++i) {
      const std::string name = tower + "encoder.layers." + std::to_string(i) + ".";
      layer_norm(name + "layer_norm1", hidden);
      for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
        linear(name + "self_attn." + part, hidden, hidden, deep);
      }
      linear(name + "self_attn.out_proj", hidden, hidden, c);
      layer_norm(name + "layer_norm2", hidden);
      linear(name + "mlp.fc1", hidden, mlp, c / std::sqrt(2.0));
      linear(name + "mlp.fc2", mlp, hidden, deep);
    }
  }
  std::vector<RandomTensor> take() { return std::move(tensors_); }

 private:
  std::vector<RandomTensor> tensors_;
};

constexpr double kEmbedding = 0.02;  // initializer_range

}  // namespace

std::vector<RandomTensor> clip_tensors(const ClipConfig& config) {
  TensorList list;
  const ClipVisionConfig& v = config.vision;
  const ClipTextConfig& t = config.text;
  const int64_t grid = v.image_size / v.patch_size;
  const double vision = 1 / std::sqrt(static_cast<double>(v.hidden));
  const double text = 1 / std::sqrt(static_cast<double>(t.hidden));

  list.constant("logit_scale", {}, 2.6592);
  list.weight("text_model.embeddings.token_embedding.weight", {t.vocabulary, t.hidden}, kEmbedding);
  list.weight("text_model.embeddings.position_embedding.weight", {t.positions, t.hidden},
              kEmbedding);
  list.blocks("text_model.", t.layers, t.hidden, t.mlp);
  list.layer_norm("text_model.final_layer_norm", t.hidden);
  list.weight("text_projection.weight", {config.projection, t.hidden}, text);

  list.weight("vision_model.embeddings.class_embedding", {v.hidden}, vision);
  list.weight("vision_model.embeddings.patch_embedding.weight",
              {v.hidden, 3, v.patch_size, v.patch_size}, kEmbedding);
  list.weight("vision_model.embeddings.position_embedding.weight", {grid * grid + 1, v.hidden},
              kEmbedding);
  list.layer_norm("vision_model.pre_layrnorm", v.hidden);
  list.blocks("vision_model.", v.layers, v.hidden, v.mlp);
  list.layer_norm("vision_model.post_layernorm", v.hidden);
  list.weight("visual_projection.weight", {config.projection, v.hidden}, vision);
  return list.take();
}

}  // namespace puente
