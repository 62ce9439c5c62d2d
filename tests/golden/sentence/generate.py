"""Golden sentence encoders: tiny random folders of sentence-transformers, and what its own `encode` makes of some texts.

Writes, beside itself:
  cls/             as sentence-transformers 6.2 saves it: new module names and keys, the first token
  mean-normalize/  as version 2 saved it: old names and keys, Normalize without a file, `max_seq_length` 12
  max/             the Transformer in `0_Transformer/`
  weighted-dense/  weighted mean, Dense (Tanh), Normalize; two prompts, one of them by default
  last-dense/      the last token, two Dense (Identity without bias from a pickle, GELU)
  texts.json       the texts
  embeddings.safetensors   a row per text for each folder; `weighted-dense.passage`, `weighted-dense.none`: with another prompt, without
  pooling.safetensors      hidden states (packed), lengths, weights, and for each kind of pooling the rows and the gradient of the hidden
                           states where the loss is the sum of rows times weights
  versions.txt             what it ran with

Run: python generate.py
"""

import json
import shutil
import string
from pathlib import Path

import numpy
import safetensors.torch
import sentence_transformers
import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Dense, Normalize, Pooling
from torch import nn

HERE = Path(__file__).resolve().parent
SEED = 5
HIDDEN = 16
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *string.ascii_lowercase, *("##" + c for c in string.ascii_lowercase)]
WORDS += [",", ".", ":", "query", "passage", "the", "train", "is", "late"]
TEXTS = [
    "the train is late",
    "a",
    "",
    "The train, is it late?",
    "passage: the query",
    "late late late",
    "the train is late and nobody said a word about it, which is what they do. the train is late",
    "Café",
]
MODES = ["cls", "mean", "max", "weightedmean", "lasttoken", "mean_sqrt_len_tokens"]
OLD = {"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token", "max": "pooling_mode_max_tokens"}


def transformer(folder):
    """A tiny BERT with a vocab.txt."""
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=HIDDEN, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=40,
    )
    model = transformers.BertModel(config, add_pooling_layer=False)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    folder.mkdir(parents=True)
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text("".join(word + "\n" for word in WORDS))
    config = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 40}
    write(folder / "tokenizer_config.json", config)


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def listed(folder, modules):
    """A modules.json: kind and sub-folder of each."""
    old = "sentence_transformers.models."
    write(folder / "modules.json", [
        {"idx": idx, "name": str(idx), "path": path, "type": kind if "." in kind else old + kind}
        for idx, (kind, path) in enumerate(modules)
    ])


def class_name(module):
    return f"{type(module).__module__}.{type(module).__name__}"


def dense(folder, inputs, outputs, activation, bias=True, safe=True):
    layer = Dense(inputs, outputs, bias=bias, activation_function=activation)
    folder.mkdir(parents=True)
    layer.save(str(folder), safe_serialization=safe)


def cls(folder):
    transformer(folder)
    pooling = Pooling(HIDDEN, pooling_mode="cls")
    (folder / "1_Pooling").mkdir()
    pooling.save(str(folder / "1_Pooling"))
    listed(folder, [("sentence_transformers.base.modules.transformer.Transformer", ""), (class_name(pooling), "1_Pooling")])
    write(folder / "config_sentence_transformers.json", {
        "model_type": "SentenceTransformer", "prompts": {"query": "", "document": ""}, "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    })


def old_pooling(folder, mode):
    config = {"word_embedding_dimension": HIDDEN, **{key: name == mode for name, key in OLD.items()}}
    write(folder / "1_Pooling" / "config.json", config)


def mean_normalize(folder):
    transformer(folder)
    old_pooling(folder, "mean")
    write(folder / "sentence_bert_config.json", {"max_seq_length": 12, "do_lower_case": False})
    listed(folder, [("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")])


def max_(folder):
    transformer(folder / "0_Transformer")
    old_pooling(folder, "max")
    listed(folder, [("Transformer", "0_Transformer"), ("Pooling", "1_Pooling")])


def weighted_dense(folder):
    transformer(folder)
    write(folder / "1_Pooling" / "config.json", {"embedding_dimension": HIDDEN, "pooling_mode": "weightedmean"})
    dense(folder / "2_Dense", HIDDEN, 8, nn.Tanh())
    (folder / "3_Normalize").mkdir()
    Normalize().save(str(folder / "3_Normalize"))
    listed(folder, [("Transformer", ""), ("Pooling", "1_Pooling"), ("Dense", "2_Dense"), (class_name(Normalize()), "3_Normalize")])
    write(folder / "config_sentence_transformers.json", {
        "prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": "query",
    })


def last_dense(folder):
    transformer(folder)
    write(folder / "1_Pooling" / "config.json", {"embedding_dimension": HIDDEN, "pooling_mode": "lasttoken"})
    dense(folder / "2_Dense", HIDDEN, 6, nn.Identity(), bias=False, safe=False)
    dense(folder / "3_Dense", 6, 5, nn.GELU())
    listed(folder, [("Transformer", ""), ("Pooling", "1_Pooling"), ("Dense", "2_Dense"), ("Dense", "3_Dense")])


def pooled():
    """Every kind of pooling of texts of unequal lengths, with its gradient."""
    lengths = [5, 1, 7, 2]
    longest = max(lengths)
    hidden = torch.randn(len(lengths), longest, HIDDEN)
    mask = torch.tensor([[1] * n + [0] * (longest - n) for n in lengths])
    weights = torch.randn(len(lengths), HIDDEN)
    packed = mask.bool()
    made = {"hidden": hidden[packed], "lengths": torch.tensor(lengths), "weights": weights}
    for mode in MODES:
        rows = hidden.clone().requires_grad_()
        features = {"token_embeddings": rows, "attention_mask": mask}
        vectors = Pooling(HIDDEN, pooling_mode=mode)(features)["sentence_embedding"]
        (vectors * weights).sum().backward()
        made[f"{mode}.rows"] = vectors.detach()
        made[f"{mode}.gradient"] = rows.grad[packed]
    return made


def main():
    torch.manual_seed(SEED)
    embeddings = {}
    folders = {"cls": cls, "mean-normalize": mean_normalize, "max": max_, "weighted-dense": weighted_dense, "last-dense": last_dense}
    for name, make in folders.items():
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        make(folder)
        model = SentenceTransformer(str(folder), device="cpu")
        embeddings[name] = torch.from_numpy(model.encode(TEXTS))
        if model.default_prompt_name:
            embeddings[f"{name}.passage"] = torch.from_numpy(model.encode(TEXTS, prompt_name="passage"))
            embeddings[f"{name}.none"] = torch.from_numpy(model.encode(TEXTS, prompt=""))
    write(HERE / "texts.json", TEXTS)
    safetensors.torch.save_file({k: v.contiguous() for k, v in embeddings.items()}, HERE / "embeddings.safetensors")
    safetensors.torch.save_file({k: v.contiguous() for k, v in pooled().items()}, HERE / "pooling.safetensors")
    versions = [
        f"torch {torch.__version__}", f"transformers {transformers.__version__}",
        f"sentence-transformers {sentence_transformers.__version__}", f"safetensors {safetensors.__version__}",
        f"numpy {numpy.__version__}", f"seed {SEED}",
    ]
    (HERE / "versions.txt").write_text("\n".join(versions) + "\n")


main()
