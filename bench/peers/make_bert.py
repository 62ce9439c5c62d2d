"""Writes a BERT of six layers with seeded random weights into a folder: make_bert.py FOLDER WIDTH."""

from __future__ import annotations

import sys

import torch
from transformers import BertConfig, BertModel

if __name__ == "__main__":
    torch.manual_seed(0)
    width = int(sys.argv[2])
    shape = BertConfig(
        hidden_size=width, num_hidden_layers=6, num_attention_heads=width // 64, intermediate_size=4 * width
    )
    BertModel(shape, add_pooling_layer=False).save_pretrained(sys.argv[1])
