"""Golden encoders of DeBERTa-v2's family, which generate.py makes together with the others.

deberta-v3       what DeBERTa-v3 publishes: one projection for contents and distances, logarithmic buckets, normalised relative
                 embeddings, no absolute positions; `pos_att_type` as a text
deberta-v2       what DeBERTa-v2-xlarge adds, a convolution beside the first block; here also projections of their own for
                 distances, absolute positions, token types, narrower embeddings, no buckets
deberta-p2c      one block with a convolution of its own activation, one term by a shared projection, distances cut at 6, a table that is
                 not normalised
deberta-plain    no relative embeddings, no token types, `tanh`

buckets.json in deberta-v3 has the rows of the relative table for distances from -600 to 600, by `position_buckets` and
`max_relative_positions`. dropout.json gets how many numbers dropout looks at in a text of seven tokens, of the relative table only in
rows that these need.

Alone, it makes these only:

Run: python deberta.py
"""

import json

import torch
import transformers
from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

import bert_kin

FOLDERS = ("deberta-v3", "deberta-v2", "deberta-p2c", "deberta-plain")
COMMON = dict(
    vocab_size=60,
    hidden_size=12,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=20,
    max_position_embeddings=bert_kin.LONGEST,
    pad_token_id=0,
)
RELATIVE = dict(relative_attention=True, max_relative_positions=-1, norm_rel_ebd="layer_norm")


def make(family, here):
    """Calls generate.py's `family` for each, with its folder."""
    v3 = transformers.DebertaV2Config(
        **COMMON,
        **RELATIVE,
        # The longest text has distances beyond the exact buckets, which end at 4.
        position_buckets=8,
        pos_att_type=["p2c", "c2p"],
        share_att_key=True,
        position_biased_input=False,
        type_vocab_size=0,
    )
    family("deberta-v3", v3, transformers.DebertaV2Model)
    path = here / "deberta-v3" / "config.json"
    config = json.loads(path.read_text())
    config["pos_att_type"] = "p2c|c2p"
    path.write_text(json.dumps(config, indent=2) + "\n")
    v2 = transformers.DebertaV2Config(
        **COMMON,
        **RELATIVE,
        pos_att_type=["c2p", "p2c"],
        share_att_key=False,
        position_biased_input=True,
        type_vocab_size=2,
        embedding_size=8,
        conv_kernel_size=3,
        conv_act="gelu",
    )
    family("deberta-v2", v2, transformers.DebertaV2Model)
    p2c = transformers.DebertaV2Config(
        **{**COMMON, "num_hidden_layers": 1},
        relative_attention=True,
        max_relative_positions=6,
        pos_att_type=["p2c"],
        share_att_key=True,
        position_biased_input=False,
        conv_kernel_size=5,
    )
    family("deberta-p2c", p2c, transformers.DebertaV2Model)
    plain = transformers.DebertaV2Config(**COMMON, pos_att_type=["c2p"], hidden_act="tanh")
    family("deberta-plain", plain, transformers.DebertaV2Model)
    distances = torch.arange(-600, 601)
    buckets = []
    for size, longest in ((256, 512), (32, 128), (8, 20), (7, 300), (2, 50)):
        rows = make_log_bucket_position(distances, size, longest).long() + size
        buckets.append({"buckets": size, "longest": longest, "rows": rows.clamp(0, 2 * size - 1).tolist()})
    lines = ",\n".join(map(json.dumps, buckets))
    (here / "deberta-v3" / "buckets.json").write_text(f"[{lines}]\n")
    # The tables' rows, and those between the least and the largest that distances from -6 to 6 have.
    shared = make_log_bucket_position(torch.arange(-6, 7), 8, bert_kin.LONGEST)
    bert_kin.add_dropout(here, FOLDERS, {2 * 8: int(shared.max() - shared.min()) + 1, 2 * bert_kin.LONGEST: 13})


if __name__ == "__main__":
    import generate

    generate.vocabularies(FOLDERS)
    make(generate.family, generate.HERE)
    generate.make_readable()
