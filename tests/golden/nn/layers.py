"""Mean-pooled hidden states of every layer, of the encoders that generate.py left: transformers' `hidden_states`, of which the first is the
embeddings' output.

For each family, in its folder:
  layers.safetensors   `mean` [L + 1, B, H], of the texts in golden.json

Run, after generate.py: python layers.py
"""

import json
from pathlib import Path

import safetensors.torch
import torch
import transformers

HERE = Path(__file__).resolve().parent


def mean_of_layers(folder):
    """The mean over each text's tokens, text by text, so that nothing is padded: [L + 1, B, H]."""
    texts = json.loads((folder / "golden.json").read_text())["texts"]
    encoder = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    columns = []
    with torch.no_grad():
        for ids in texts:
            found = encoder(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), output_hidden_states=True)
            assert torch.equal(found.hidden_states[-1], found.last_hidden_state), folder
            columns.append(torch.stack([state[0].mean(0) for state in found.hidden_states]))
    return torch.stack(columns, dim=1)


if __name__ == "__main__":
    for path in sorted(HERE.glob("*/golden.safetensors")):
        safetensors.torch.save_file({"mean": mean_of_layers(path.parent).contiguous()}, path.with_name("layers.safetensors"))
