"""Golden encoders of ModernBERT's family, which generate.py makes together with the others.

modernbert         what ModernBERT publishes: no biases, every third block global; config.json as it was published, with
                   `global_attn_every_n_layers` and a `rope_theta` for either kind of block
modernbert-biased  biases everywhere, kinds of blocks in another order; config.json as transformers 5 writes it

dropout.json gets how many numbers dropout looks at in a text of seven tokens.

Alone, it makes these only:

Run: python modernbert.py
"""

import json

import transformers

import bert_kin

FOLDERS = ("modernbert", "modernbert-biased")
COMMON = dict(
    vocab_size=60,
    hidden_size=12,
    num_attention_heads=2,
    # Texts of 20 tokens are longer than the window, which reaches 4 tokens to either side.
    local_attention=8,
    max_position_embeddings=bert_kin.LONGEST,
    pad_token_id=0,
    bos_token_id=2,
    cls_token_id=2,
    eos_token_id=3,
    sep_token_id=3,
)


def make(family, here):
    """Calls generate.py's `family` for both, with its folder."""
    published = transformers.ModernBertConfig(
        **COMMON,
        intermediate_size=10,
        num_hidden_layers=4,
        global_attn_every_n_layers=3,
        global_rope_theta=160000.0,
        local_rope_theta=10000.0,
    )
    family("modernbert", published, transformers.ModernBertModel)
    path = here / "modernbert" / "config.json"
    config = json.loads(path.read_text())
    assert config.pop("layer_types") == ["full_attention", *["sliding_attention"] * 2, "full_attention"]
    thetas = config.pop("rope_parameters")
    config["global_attn_every_n_layers"] = 3
    config["global_rope_theta"] = thetas["full_attention"]["rope_theta"]
    config["local_rope_theta"] = thetas["sliding_attention"]["rope_theta"]
    path.write_text(json.dumps(config, indent=2) + "\n")
    read = transformers.ModernBertConfig.from_pretrained(here / "modernbert")
    assert (read.layer_types, read.rope_parameters) == (published.layer_types, published.rope_parameters)
    biased = transformers.ModernBertConfig(
        **COMMON,
        intermediate_size=10,
        num_hidden_layers=3,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters={
            "full_attention": {"rope_type": "default", "rope_theta": 500.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 20.0},
        },
        attention_bias=True,
        mlp_bias=True,
        norm_bias=True,
        norm_eps=1e-6,
    )
    family("modernbert-biased", biased, transformers.ModernBertModel)
    bert_kin.add_dropout(here, FOLDERS)


if __name__ == "__main__":
    import generate

    generate.vocabularies(FOLDERS)
    make(generate.family, generate.HERE)
    generate.make_readable()
