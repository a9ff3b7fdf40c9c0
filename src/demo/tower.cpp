#include "demo/tower.h"

namespace puente {

void add_tower(TensorList& list, const std::string& tower, const TowerShape& shape,
               const TowerDeviations& deviations) {
  for (int64_t i = 0; i < shape.layers; ++i) {
    const std::string name = tower + "encoder.layers." + std::to_string(i) + ".";
    list.layer_norm(name + "layer_norm1", shape.hidden);
    for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
      list.linear(name + "self_attn." + part, shape.hidden, shape.hidden,
                  deviations.query_key_value);
    }
    list.linear(name + "self_attn.out_proj", shape.hidden, shape.hidden, deviations.out);
    list.layer_norm(name + "layer_norm2", shape.hidden);
    list.linear(name + "mlp.fc1", shape.hidden, shape.mlp, deviations.fc1);
    list.linear(name + "mlp.fc2", shape.mlp, shape.hidden, deviations.fc2);
  }
}

}  // namespace puente
