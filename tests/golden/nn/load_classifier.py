"""Loads what `fsl-exp export-model --transformers` wrote the way a user of transformers does, and prints its answers, as JSON.

    python tests/golden/nn/load_classifier.py FOLDER < TEXTS

TEXTS is a JSON list of lists of token ids. The output: `probabilities` of every text, `missing`, the weights that the file did not
have, `unexpected`, those that the model has not, `class`, the model's, and `label`, what `pipeline` answers for a text.
"""

import json
import sys

import torch
import transformers


def main():
    folder = sys.argv[1]
    texts = json.load(sys.stdin)
    load = transformers.AutoModelForSequenceClassification.from_pretrained
    model, report = load(folder, output_loading_info=True)
    model.eval()
    with torch.no_grad():
        probabilities = [model(torch.tensor([ids])).logits.softmax(1)[0].tolist() for ids in texts]
    answer = {"probabilities": probabilities, "class": type(model).__name__}
    answer |= {name: sorted(report[f"{name}_keys"]) for name in ("missing", "unexpected")}
    classify = transformers.pipeline("text-classification", model=folder, truncation=True)
    print(json.dumps({**answer, "label": classify("a cab")[0]["label"]}))


if __name__ == "__main__":
    main()
