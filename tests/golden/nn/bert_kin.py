"""Golden encoders of the families that have BERT's blocks, which generate.py makes together with the others.

roberta, xlm-roberta, camembert   one architecture under three names; positions from the padding index + 1
electra, electra-base             embeddings narrower than the hidden states and projected, or as wide
albert                            one block in all layers, `gelu_new`
albert-groups                     two groups of two blocks in three layers
mpnet                             a bias of the scores by distance; buckets.json has the buckets of -200 to 200

dropout.json gets how many numbers dropout looks at in a text of seven tokens, of these and of BERT and DistilBERT.

Alone, it makes these only:

Run: python bert_kin.py
"""

import json

import torch
import transformers
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

FOLDERS = ("roberta", "xlm-roberta", "camembert", "electra", "electra-base", "albert", "albert-groups", "mpnet")
WITH_DROPOUT = ("bert", "distilbert", *FOLDERS)
# The longest text of generate.py.
LONGEST = 20
COMMON = dict(vocab_size=60, hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20)


def make(family, here):
    """Calls generate.py's `family` for each, with its folder."""
    positions = dict(max_position_embeddings=LONGEST + 2, pad_token_id=1)
    family(
        "roberta",
        transformers.RobertaConfig(**COMMON, **positions, type_vocab_size=1, layer_norm_eps=1e-5),
        transformers.RobertaModel,
    )
    family("xlm-roberta", transformers.XLMRobertaConfig(**COMMON, **positions), transformers.XLMRobertaModel)
    # Another padding index than published models have.
    camembert = transformers.CamembertConfig(**COMMON, max_position_embeddings=LONGEST + 6, pad_token_id=5)
    family("camembert", camembert, transformers.CamembertModel)
    absolute = dict(max_position_embeddings=LONGEST, pad_token_id=0)
    family(
        "electra",
        transformers.ElectraConfig(**COMMON, **absolute, embedding_size=8, hidden_act="gelu_pytorch_tanh"),
        transformers.ElectraModel,
    )
    family("electra-base", transformers.ElectraConfig(**COMMON, **absolute, embedding_size=12), transformers.ElectraModel)
    albert = {**COMMON, **absolute, "embedding_size": 8, "num_hidden_layers": 3}
    family("albert", transformers.AlbertConfig(**albert), transformers.AlbertModel)
    groups = transformers.AlbertConfig(**albert, num_hidden_groups=2, inner_group_num=2, hidden_act="relu")
    family("albert-groups", groups, transformers.AlbertModel)
    family("mpnet", transformers.MPNetConfig(**COMMON, **positions, hidden_act="silu"), transformers.MPNetModel)
    buckets = MPNetEncoder.relative_position_bucket(torch.arange(-200, 201))
    (here / "mpnet" / "buckets.json").write_text(json.dumps(buckets.tolist()) + "\n")
    add_dropout(here, WITH_DROPOUT)


def add_dropout(here, folders, needed={}):
    """Puts into dropout.json how many numbers dropout looks at."""
    path = here / "dropout.json"
    counts = json.loads(path.read_text()) if path.exists() else {}
    counts |= {name: looked_at(here / name, needed) for name in folders}
    path.write_text(json.dumps(counts, indent=1) + "\n")


def looked_at(folder, needed):
    """The size of everything that dropout looks at in training, whatever its rate is in config.json. Of tables with so many rows only
    as many as `needed` says."""
    config = transformers.AutoConfig.from_pretrained(folder)
    for key in config.to_dict():
        if key.endswith(("dropout", "dropout_prob")):
            setattr(config, key, 0.5)
    model = transformers.AutoModel.from_config(config, attn_implementation="eager").train()
    sizes, dropout = [], torch.nn.functional.dropout

    def counting(input, p=0.5, training=True, inplace=False):
        assert p == 0.5 and training
        rows = input.shape[0] if input.dim() == 2 else None
        sizes.append(input.numel() if rows not in needed else input.numel() // rows * needed[rows])
        return dropout(input, p, training, inplace)

    torch.nn.functional.dropout = counting
    model(torch.tensor([[7, 8, 9, 10, 11, 12, 13]]))
    torch.nn.functional.dropout = dropout
    return sum(sizes)


if __name__ == "__main__":
    import generate

    generate.vocabularies(FOLDERS)
    make(generate.family, generate.HERE)
    generate.make_readable()
