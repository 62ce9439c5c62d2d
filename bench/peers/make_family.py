"""Writes an encoder with seeded random weights into a folder: make_family.py FOLDER FAMILY SHAPE VOCABULARY.

Shapes: `base`, that of the family's published base model, and `tiny`, two layers of width 128. All families read the same tokens: WordPiece by
one vocab.txt, saved as tokenizer.json.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
import transformers
from tokenizers import BertWordPieceTokenizer
from transformers import PreTrainedTokenizerFast

#: The class of each family, and what its base model has that its configuration's defaults have not.
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("Bert", {}),
    "distilbert": ("DistilBert", {}),
    "roberta": ("Roberta", {"max_position_embeddings": 514, "type_vocab_size": 1}),
    "electra": ("Electra", {"hidden_size": 768, "embedding_size": 768, "num_attention_heads": 12, "intermediate_size": 3072}),
    "albert": ("Albert", {"hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072}),
    "mpnet": ("MPNet", {"max_position_embeddings": 514}),
    "deberta-v2": (
        "DebertaV2",
        {
            "hidden_size": 768,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "intermediate_size": 3072,
            "relative_attention": True,
            "position_buckets": 256,
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_biased_input": False,
            "type_vocab_size": 0,
            "layer_norm_eps": 1e-7,
        },
    ),
    "modernbert": ("ModernBert", {}),
}
TINY = {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 512}
TINY_DISTILBERT = {"dim": 128, "n_layers": 2, "n_heads": 2, "hidden_dim": 512}
WORDS = 30522


def config(family: str, shape: str) -> Any:
    """The configuration of a family at a shape."""
    name, keys = FAMILIES[family]
    if shape == "tiny":
        keys = {**keys, **(TINY_DISTILBERT if family == "distilbert" else TINY)}
        if "embedding_size" in keys or family == "albert":
            keys["embedding_size"] = 128
    special = {"pad_token_id": 1} if family in ("roberta", "mpnet") else {"pad_token_id": 0}
    special |= {"bos_token_id": 101, "eos_token_id": 102} if family in ("roberta", "mpnet", "albert") else {}
    special |= {"cls_token_id": 101, "sep_token_id": 102, "bos_token_id": 101, "eos_token_id": 102} if family == "modernbert" else {}
    return getattr(transformers, f"{name}Config")(vocab_size=WORDS, **special, **keys)


def main() -> None:
    """Makes and saves it."""
    folder, family, shape, vocabulary = sys.argv[1:5]
    torch.manual_seed(0)
    name, _ = FAMILIES[family]
    getattr(transformers, f"{name}Model")(config(family, shape)).save_pretrained(folder)
    special = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "mask_token": "[MASK]"}
    tokenizer = BertWordPieceTokenizer(vocabulary, lowercase=True)._tokenizer
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **special).save_pretrained(folder)


if __name__ == "__main__":
    main()
