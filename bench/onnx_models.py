"""An encoder's folder as ONNX models: what bench/peers_encoder.py gives to ONNX Runtime. Needs torch,
transformers, onnx and onnxruntime.

The model is exported as it is, and once more with ONNX Runtime's own fusions for transformers; each is
quantised in the ways that ONNX Runtime's page on quantisation names for a CPU. Who is fastest, the
benchmark finds out.
"""
import contextlib
import json
import logging
import pathlib
import sys

import onnx
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from reference_encoder import load  # noqa: E402

OPSET = 17  # the first with LayerNormalization as one node
FUSIONS = {"clip": "clip", "siglip": "clip", "bert": "bert"}  # others: vit
# What quantize_dynamic is given. With reduce_range weights have 7 bits: on a CPU without VNNI sums of
# products of 8 bits would saturate.
QUANTISED = {
    "per channel": {"per_channel": True},
    "per channel, products only": {"per_channel": True, "op_types_to_quantize": ["MatMul"]},
    "per channel, 7 bits": {"per_channel": True, "reduce_range": True},
    "per tensor": {},
    "per tensor, unsigned": {"unsigned": True},
}
QUANTISED_IF_FUSED = ("per channel", "per channel, 7 bits", "per tensor")


class Half(torch.nn.Module):
    """The half that the benchmark runs: a picture's or a text's vector, as puente gives it."""

    def __init__(self, kind, model):
        super().__init__()
        self.kind, self.model = kind, model

    def forward(self, *inputs):
        if self.kind in ("clip", "siglip"):
            return self.model.get_image_features(pixel_values=inputs[0])
        if self.kind == "bert":
            ids, mask = inputs
            return self.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]
        return self.model(pixel_values=inputs[0]).last_hidden_state[:, 0]

    def input_names(self):
        return ["input_ids", "attention_mask"] if self.kind == "bert" else ["pixel_values"]


def edge_of(folder, model):
    """The height and width of the pixels that the folder's image processor makes."""
    path = folder / "preprocessor_config.json"
    processor = json.loads(path.read_text()) if path.exists() else {}
    size = processor.get("size", {})
    if processor.get("do_center_crop", False):
        size = processor.get("crop_size", size)
    if isinstance(size, dict):
        size = size.get("height")
    return size or getattr(model.config, "vision_config", model.config).image_size


def load_half(folder):
    """The architecture, and its half in float32. SigLIP's "valid" convolution does not export; that without
    padding, which is the same, does. DINOv2's positions are resampled to the pixels' size once, here: the
    bicubic resampling may not export well, and the peers are spared the work."""
    kind, model, _ = load(folder)
    model.float()
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d) and module.padding == "valid":
            module.padding = (0, 0)
    if kind.startswith("dinov2"):
        edge = edge_of(folder, model)
        embeddings = model.embeddings
        patches = (edge // model.config.patch_size) ** 2
        tokens = torch.zeros(1, patches + 1, model.config.hidden_size)
        with torch.no_grad():
            positions = embeddings.interpolate_pos_encoding(tokens, edge, edge)
        embeddings.position_embeddings = torch.nn.Parameter(positions, requires_grad=False)
        # Without this, positions of the right number are taken for those of another size.
        embeddings.interpolate_pos_encoding = lambda *_: embeddings.position_embeddings
    return kind, Half(kind, model).eval()


def export(half, inputs, path):
    names = half.input_names()
    torch.onnx.export(
        half,
        tuple(torch.from_numpy(values[:2]) for values in inputs),
        str(path),
        input_names=names,
        output_names=["vectors"],
        dynamic_axes={name: {0: "batch"} for name in [*names, "vectors"]},
        opset_version=OPSET,
        do_constant_folding=True,
    )


def fuse(half, plain, path):
    from onnxruntime.transformers import optimizer

    config = getattr(half.model.config, "vision_config", half.model.config)
    fused = optimizer.optimize_model(
        str(plain),
        model_type=FUSIONS.get(half.kind, "vit"),
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
    )
    fused.save_model_to_file(str(path))


def quantise(source, path, unsigned=False, **settings):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source),
        str(path),
        weight_type=QuantType.QUInt8 if unsigned else QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},  # past the fused nodes
        **settings,
    )


def float_models(half, inputs, folder):
    """{how: path}"""
    logging.getLogger("onnxruntime.transformers").setLevel(logging.ERROR)
    models = {"as exported": folder / "plain.onnx", "fused": folder / "fused.onnx"}
    export(half, inputs, models["as exported"])
    fuse(half, models["as exported"], models["fused"])
    return models


def quantised_models(models, folder):
    """{how: path} of the quantised forms of what float_models() gave."""
    from onnxruntime.quantization.shape_inference import quant_pre_process

    logging.getLogger().setLevel(logging.ERROR)  # it would warn of every node that it leaves alone
    result = {}
    for how, path in models.items():
        prepared = folder / f"prepared_{path.name}"
        # A fused graph has been optimised, and has nodes that shapes are not known of.
        fused = how == "fused"
        try:
            with contextlib.chdir(folder):  # where it fails it leaves files behind
                quant_pre_process(
                    str(path), str(prepared), skip_optimization=fused, skip_symbolic_shape=fused
                )
        except Exception as error:  # it raises no narrower one
            if "symbolic shape inference" not in str(error):
                raise
            quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        for i, (name, settings) in enumerate(QUANTISED.items()):
            if fused and name not in QUANTISED_IF_FUSED:
                continue
            quantised = folder / f"int8_{i}_{path.name}"
            quantise(prepared, quantised, **settings)
            result[f"{how}, {name}"] = quantised
        prepared.unlink()
    return result
