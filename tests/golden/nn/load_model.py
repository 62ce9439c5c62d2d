"""Loads a model folder of fsl-exp the way a user of transformers does, and prints what it makes of texts, as JSON.

    python tests/golden/nn/load_model.py FOLDER < TEXTS

TEXTS is a JSON list of texts, or of lists of token ids. The output: `ids` as AutoTokenizer cuts each text, `hidden` as
AutoModel's last hidden states of each (one list of numbers per text, token after token), `missing`, the weights that the
file did not have, `unexpected`, those that the model has not, `class`, the model's, and `classes`, what transformers takes
the model's classes to be called.
"""

import json
import sys

import torch
import transformers


def main():
    folder = sys.argv[1]
    texts = json.load(sys.stdin)
    model, report = transformers.AutoModel.from_pretrained(folder, output_loading_info=True)
    model.eval()
    ids = texts
    if any(isinstance(text, str) for text in texts):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        ids = [tokenizer(text, truncation=True)["input_ids"] for text in texts]
    with torch.no_grad():
        hidden = [model(torch.tensor([row])).last_hidden_state.flatten().tolist() for row in ids]
    missing, unexpected = sorted(report["missing_keys"]), sorted(report["unexpected_keys"])
    classes = [model.config.id2label[label] for label in range(model.config.num_labels)]
    answer = {"ids": ids, "hidden": hidden, "missing": missing, "unexpected": unexpected, "classes": classes}
    print(json.dumps({**answer, "class": type(model).__name__, "dtype": str(model.dtype)}))


if __name__ == "__main__":
    main()
