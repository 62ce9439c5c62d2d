"""Operations that a trial needs at least: multiplications and additions of its matrix products, by formula.

Only real tokens count, and of the last block only what the [CLS] token's output depends on: keys and values of all tokens,
everything else of one token. Biases, normalisations, GELU, softmax, embeddings and the optimiser are left out: they are less
than a hundredth of the operations (though not of the time).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

HEAD_UNITS = 256


@dataclass(frozen=True)
class Shape:
    """What of an encoder decides the operations."""

    layers: int
    hidden: int
    inner: int


def shape_of(config: Mapping[str, Any]) -> Shape:
    """The shape that a `config.json` of the BERT or DistilBERT family states."""
    if config["model_type"] == "distilbert":
        return Shape(config["n_layers"], config["dim"], config["hidden_dim"])
    return Shape(config["num_hidden_layers"], config["hidden_size"], config["intermediate_size"])


def block_parameters(shape: Shape) -> int:
    """Entries of one block's matrices: query, key, value and output, and the two of the feed-forward part."""
    return 4 * shape.hidden**2 + 2 * shape.hidden * shape.inner


def forward(shape: Shape, tokens: int) -> int:
    """Operations of one text of `tokens` real tokens: 2 per matrix entry and token, and attention's two products."""
    hidden = shape.hidden
    whole = 2 * block_parameters(shape) * tokens + 4 * tokens**2 * hidden
    last = 2 * 2 * hidden**2 * tokens + 2 * (block_parameters(shape) - 2 * hidden**2) + 4 * tokens * hidden
    head = 2 * (hidden * HEAD_UNITS + HEAD_UNITS)
    return (shape.layers - 1) * whole + last + head


def inference(shape: Shape, lengths: Sequence[int], texts: int) -> float:
    """Operations for `texts` texts that are as long as `lengths` on average."""
    return texts * sum(forward(shape, tokens) for tokens in lengths) / len(lengths)


def training(shape: Shape, lengths: Sequence[int], texts: int) -> float:
    """Operations for `texts` texts, forwards and backwards: the backward pass has two products for each of the forward's."""
    return 3 * inference(shape, lengths, texts)
