"""Contrastive training of tiny encoders by sentence-transformers' CosineSimilarityLoss and PyTorch's AdamW: losses and rows.

The encoders and texts are those of generate.py. Twenty steps of eight pairs each, without dropout, as transformers' Trainer takes them: gradients
clipped, a linear schedule with warm-up, no weight decay on biases and normalisations. Writes, beside itself:
  contrastive/FAMILY.json      the pairs of every step, the losses, and the texts' pooled rows afterwards
  contrastive/versions.txt     what it ran with

Run: python contrastive.py
"""

import json
import math
import pathlib
import random

import sentence_transformers
import torch
import transformers
from sentence_transformers import losses
from torch import nn
from transformers import AutoModel

HERE = pathlib.Path(__file__).resolve().parent
LABELS = [0, 1, 2, 1, 0, 2, 2, 1]
STEPS, PAIRS = 20, 8
FAMILIES = {"bert": "mean", "deberta-v3": "cls", "modernbert": "mean", "mpnet": "cls"}


class Sentences(nn.Module):
    """An encoder with its pooling, as sentence-transformers' losses call it."""

    def __init__(self, encoder, pooling):
        super().__init__()
        self.encoder, self.pooling = encoder, pooling

    def forward(self, features):
        hidden = self.encoder(input_ids=features["input_ids"], attention_mask=features["attention_mask"]).last_hidden_state
        mask = features["attention_mask"].unsqueeze(2).float()
        rows = hidden[:, 0] if self.pooling == "cls" else (hidden * mask).sum(1) / mask.sum(1)
        return {"sentence_embedding": rows}


def padded(texts, padding):
    longest = max(map(len, texts))
    ids = torch.tensor([text + [padding] * (longest - len(text)) for text in texts])
    mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])
    return {"input_ids": ids, "attention_mask": mask}


def train(model, texts, pairs, padding):
    named = list(model.named_parameters())
    is_plain = lambda name: name.endswith("bias") or "norm" in name.lower()
    groups = [
        {"params": [p for n, p in named if not is_plain(n)], "weight_decay": 0.1},
        {"params": [p for n, p in named if is_plain(n)], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, eps=1e-8)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, math.ceil(0.1 * STEPS), STEPS)
    criterion = losses.CosineSimilarityLoss(model)
    values = []
    for step in pairs:
        sides = [padded([texts[pair[side]] for pair in step], padding) for side in (0, 1)]
        optimizer.zero_grad()
        loss = criterion(sides, torch.tensor([float(pair[2]) for pair in step]))
        values.append(loss.item())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        schedule.step()
    return values


def main():
    torch.set_num_threads(1)
    folder = HERE / "contrastive"
    folder.mkdir(exist_ok=True)
    for family, pooling in FAMILIES.items():
        rng = random.Random(7)
        texts = json.loads((HERE / family / "golden.json").read_text())["texts"]
        draw = lambda: (rng.randrange(len(texts)), rng.randrange(len(texts)))
        steps = [[(one, other, LABELS[one] == LABELS[other]) for one, other in (draw() for _ in range(PAIRS))] for _ in range(STEPS)]
        encoder = AutoModel.from_pretrained(HERE / family, attn_implementation="eager").eval().float()
        model = Sentences(encoder, pooling).eval()
        values = train(model, texts, steps, encoder.config.pad_token_id or 0)
        with torch.no_grad():
            rows = model(padded(texts, encoder.config.pad_token_id or 0))["sentence_embedding"]
        found = {"pooling": pooling, "pairs": steps, "losses": values, "rows": rows.tolist()}
        (folder / f"{family}.json").write_text(json.dumps(found) + "\n")
    names = [("torch", torch), ("transformers", transformers), ("sentence-transformers", sentence_transformers)]
    (folder / "versions.txt").write_text("".join(f"{name} {module.__version__}\n" for name, module in names))


main()
