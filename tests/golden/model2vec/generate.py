"""Golden static encoders: tiny folders of model2vec, and what its own `encode` makes of some texts.

Writes, beside itself:
  plain/      WordPiece, f32, `normalize`, `max_length` 24, with the config.json that `distill` writes
  quantized/  Unigram, `weights` and `mapping` of `quantize_model`, not normalized
  half/       byte-level BPE without an unknown token, f16, and a config.json that names no family
  texts.json  the texts
  vectors.safetensors   a row per text for each folder; `NAME.8`: with `max_length` 8
  fit.safetensors       of plain, a head, the table after 20 steps of AdamW with it on EmbeddingBag, and the first gradient of the table
  fit.json              token ids, targets, and the loss of every step
  versions.txt          what it ran with

The vectors of half are those of its numbers as f32: model2vec rounds its results to f16.

Run: python generate.py
"""

import json
import math
import platform
import shutil
from pathlib import Path

import model2vec
import numpy
import safetensors.torch
import tokenizers
import torch
import transformers
from model2vec import StaticModel
from model2vec.model import quantize_model
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import nn

HERE = Path(__file__).resolve().parent
SEED = 11
WIDTH = 16
STEPS = 20
CORPUS = [
    "the train is late again and nobody says a word about it",
    "what a wonderful day to sit in the garden with a cup of tea",
    "you are all liars and cowards, every single one of you!",
    "he said: \"I never liked trains, and trains never liked me.\"",
    "rain, rain, go away; come again another day",
    "the weather is fine, the tea is hot, the cake is gone",
    "naïve café owners déjà vu, 12 34 56 78 90",
]
LONG = "the late train never liked the weather and the cowards in the garden "
TEXTS = [
    "the train is late",
    "a",
    "",
    "   \t ",
    "The Train, is it LATE?",
    "中文 ☃ 😀",
    "😀 train ☃ tea",
    "you liars! [CLS] [UNK] cake",
    "Café déjà vu naïve",
    LONG * 2,
    LONG * 60,
    "incomprehensibilities " * 50,
    "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 20,
    "😀 " * 20 + "tea",
    " " * 900 + "tea",
]


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=180, special_tokens=special))
    # It stands around no text of a static encoder.
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=150, special_tokens=["<pad>", "<unk>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, initial_alphabet=alphabet, special_tokens=["<pad>"], show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def table(rng, tokenizer, kind=numpy.float32):
    return rng.normal(size=(tokenizer.get_vocab_size(), WIDTH)).astype(kind)


def save(name, model):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    return folder


def folders():
    rng = numpy.random.default_rng(SEED)
    tokenizer = word_piece()
    config = {
        "model_type": "model2vec", "architectures": ["StaticModel"], "tokenizer_name": "none", "apply_pca": 16,
        "sif_coefficient": 0.0001, "hidden_dim": WIDTH, "seq_length": 1000000, "normalize": True, "pooling": "mean",
    }
    yield save("plain", StaticModel(table(rng, tokenizer), tokenizer, config=config, normalize=True, max_length=24))
    tokenizer = unigram()
    whole = StaticModel(table(rng, tokenizer), tokenizer, config={"model_type": "model2vec"})
    quantized = quantize_model(whole, vocabulary_quantization=40)
    # As `distill` leaves them.
    quantized.weights = quantized.weights.astype(numpy.float64)
    yield save("quantized", quantized)
    tokenizer = byte_level()
    yield save("half", StaticModel(table(rng, tokenizer, numpy.float16), tokenizer))


class Classifier(nn.Module):
    def __init__(self, vectors):
        super().__init__()
        rows = torch.cat([vectors, torch.zeros(1, WIDTH)])
        self.bag = nn.EmbeddingBag.from_pretrained(rows, freeze=False, mode="mean", padding_idx=len(vectors))
        self.dense, self.output = nn.Linear(WIDTH, 16), nn.Linear(16, 1)

    def forward(self, ids):
        return self.output(torch.relu(self.dense(self.bag(ids)))).squeeze(1)


def fit(folder):
    """As tests/golden/nn/generate.py does with `adamw`, here with EmbeddingBag in the place of an encoder."""
    torch.manual_seed(SEED)
    model = StaticModel.from_pretrained(folder)
    texts = [ids[:24] for ids in model.tokenize(TEXTS[:8])]
    vectors = torch.from_numpy(model.embedding.copy())
    padding = len(vectors)
    texts = [ids or [padding] for ids in texts]
    longest = max(map(len, texts))
    ids = torch.tensor([text + [padding] * (longest - len(text)) for text in texts])
    targets = torch.tensor([0.0, 1.0, 1.0, 0.0, 0.3, 0.9, 0.0, 1.0])
    classifier = Classifier(vectors)
    out = {}
    for name in ("dense", "output"):
        layer = getattr(classifier, name)
        nn.init.normal_(layer.weight, std=0.3)
        nn.init.normal_(layer.bias, std=0.3)
        out |= {f"head.{name}.weight": layer.weight.detach().clone(), f"head.{name}.bias": layer.bias.detach().clone()}
    named = list(classifier.named_parameters())
    groups = [
        {"params": [p for n, p in named if not n.endswith("bias")], "weight_decay": 0.1},
        {"params": [p for n, p in named if n.endswith("bias")], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, eps=1e-6)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, math.ceil(0.1 * STEPS), STEPS)
    criterion, losses = nn.BCEWithLogitsLoss(), []
    for step in range(STEPS):
        classifier.zero_grad()
        loss = criterion(classifier(ids), targets)
        losses.append(loss.item())
        loss.backward()
        if step == 0:
            out["gradient"] = classifier.bag.weight.grad.clone()
        nn.utils.clip_grad_norm_(classifier.parameters(), 0.5)
        optimizer.step()
        schedule.step()
    out["after.table"] = classifier.bag.weight.detach().clone()
    out["after.output.weight"] = classifier.output.weight.detach().clone()
    safetensors.torch.save_file(out, HERE / "fit.safetensors")
    values = {"texts": texts, "targets": targets.tolist(), "losses": losses}
    (HERE / "fit.json").write_text(json.dumps(values) + "\n")


def main():
    vectors = {}
    for folder in folders():
        model = StaticModel.from_pretrained(folder, quantize_to="float32")
        for key, options in ((folder.name, {}), (f"{folder.name}.8", {"max_length": 8})):
            rows = model.encode(TEXTS, **options)
            assert rows.dtype == numpy.float32 and numpy.isfinite(rows).all()
            vectors[key] = torch.from_numpy(rows)
    safetensors.torch.save_file(vectors, HERE / "vectors.safetensors")
    (HERE / "texts.json").write_text(json.dumps(TEXTS, ensure_ascii=False, indent=1) + "\n")
    fit(HERE / "plain")
    packages = {"model2vec": model2vec.__version__, "numpy": numpy.__version__, "tokenizers": tokenizers.__version__}
    lines = [f"python {platform.python_version()}", *(f"{name} {version}" for name, version in packages.items())]
    lines += [f"torch {torch.__version__}", f"transformers {transformers.__version__}"]
    (HERE / "versions.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
