"""Loads a model folder of fsl-exp the way a user of transformers does, and prints what it makes of texts, as JSON.

    python tests/golden/nn/load_model.py FOLDER < TEXTS

TEXTS is a JSON list of texts. The output: `ids` as AutoTokenizer cuts each text, `hidden` as AutoModel's last hidden
states of each (one list of numbers per text, token after token), `missing`, the weights that the file did not have, and
`classes`, what transformers takes the model's classes to be called.
"""

import json
import sys

import torch
import transformers


def main():
    folder = sys.argv[1]
    texts = json.load(sys.stdin)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model, report = transformers.AutoModel.from_pretrained(folder, output_loading_info=True)
    model.eval()
    ids = [tokenizer(text, truncation=True)["input_ids"] for text in texts]
    with torch.no_grad():
        hidden = [model(torch.tensor([row])).last_hidden_state.flatten().tolist() for row in ids]
    missing = sorted(report["missing_keys"])
    classes = [model.config.id2label[label] for label in range(model.config.num_labels)]
    print(json.dumps({"ids": ids, "hidden": hidden, "missing": missing, "dtype": str(model.dtype), "classes": classes}))


if __name__ == "__main__":
    main()
