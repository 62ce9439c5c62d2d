"""Writes a DistilBERT of distilbert-base-uncased's shape with seeded random weights into a folder: make_distilbert.py FOLDER."""

from __future__ import annotations

import sys

import torch
from transformers import DistilBertConfig, DistilBertModel

if __name__ == "__main__":
    torch.manual_seed(0)
    # 6 layers, width 768, 12 heads, 3,072 inner units, 30,522 words: the class's defaults.
    DistilBertModel(DistilBertConfig()).save_pretrained(sys.argv[1])
