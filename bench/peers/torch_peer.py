"""transformers + PyTorch: `reference` as the published recipe is usually written, `best` as the CPU can do best.

reference: f32, padded to 64 tokens, plain Adam. best: bf16 autocast where the job says that the processor has it, padded to
the longest text of the batch, texts sorted by length at inference, fused Adam, no pooler.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import load_file
from torch import nn

import common

HEAD_UNITS = 256
#: Families whose encoders bring a pooler, which nothing here asks for.
POOLED = ("bert", "roberta", "xlm-roberta", "albert", "mpnet")
HEAD_DROPOUT = 0.5


class Classifier(nn.Module):
    """Encoder, [CLS], dropout, dense layer with ReLU, dropout, one logit."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(HEAD_DROPOUT)
        self.dense = nn.Linear(encoder.config.hidden_size, HEAD_UNITS)
        self.output = nn.Linear(HEAD_UNITS, 1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits `[B]`."""
        cls = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]
        hidden = torch.relu(self.dense(self.dropout(cls)))
        return self.output(self.dropout(hidden)).squeeze(1)


def load(folder: str, pooler: bool, **options: str) -> Classifier:
    """A classifier with the encoder of `folder`, and its head where there is one. BERT's pooler is made if wanted."""
    config = transformers.AutoConfig.from_pretrained(folder)
    if config.model_type in POOLED and not pooler:
        options["add_pooling_layer"] = False
    encoder = transformers.AutoModel.from_pretrained(folder, config=config, dtype=torch.float32, **options)
    classifier = Classifier(encoder)
    head = Path(folder) / "head.safetensors"
    if head.is_file():
        classifier.load_state_dict(load_file(head), strict=False)
    return classifier


def train(job: common.Job, classifier: Classifier, width: int | None, fused: bool) -> None:
    """Measures `steps` steps after `warmup` others."""
    texts, labels = common.read_texts(job["train"])
    tokens = common.Tokenizer(job["encoder"], job["max_tokens"])(texts)
    targets = torch.tensor(labels, dtype=torch.float32)
    loss_of = nn.BCEWithLogitsLoss()
    adam = torch.optim.Adam(classifier.parameters(), lr=2e-5, eps=1e-7, fused=fused)
    batches = common.training_batches(len(tokens), job["batch"], job["seed"])
    classifier.train()

    def step() -> float:
        chosen = next(batches)
        ids, mask = map(torch.from_numpy, common.pad([tokens[index] for index in chosen], width))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=job["bf16"]):
            logits = classifier(ids, mask)
        loss = loss_of(logits.float(), targets[chosen])
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss.item()

    for _ in range(job["warmup"]):
        step()
    common.meet()
    began = time.perf_counter()
    losses = [step() for _ in range(job["steps"])]
    seconds = time.perf_counter() - began
    if not np.isfinite(losses).all():
        raise SystemExit("the loss is not finite")
    common.report(seconds=seconds, steps=job["steps"], losses=losses, versions=versions())


def infer(job: common.Job, classifier: Classifier, width: int | None) -> None:
    """Measures the probabilities of all test texts."""
    classifier.eval()

    def forward(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=job["bf16"]):
            return classifier(torch.from_numpy(ids), torch.from_numpy(mask)).float().numpy()

    common.measure_inference(job, forward, width, versions=versions())


def versions() -> dict[str, str]:
    """What was measured."""
    return {"torch": torch.__version__, "transformers": transformers.__version__}


def main() -> None:
    """Does the job."""
    job = common.read_job()
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    best = job["variant"] == "best"
    width = None if best else job["max_tokens"]
    if job["task"] == "train":
        train(job, load(job["encoder"], pooler=not best), width, fused=best)
    else:
        infer(job, load(job["model"], pooler=not best), width)


if __name__ == "__main__":
    main()
