"""Golden encoders: tiny random ones of each family, their hidden states, gradients and losses.

For each family (bert_kin.py has those with BERT's blocks, deberta.py and modernbert.py the others), in a folder of its own:
  config.json, model.safetensors   the encoder, as transformers saves it
  golden.safetensors               hidden states (packed), pooled rows, head weights, logits, one gradient per parameter
  vocab.txt                        letters, so that whole trials can run on the encoder
  golden.json                      the texts' token ids, targets, losses over 20 steps of either Adam
  classes.safetensors, classes.json  a head with three outputs, its logits, gradients and 20 steps on the same texts

`pickles/` holds checkpoints written by torch.save (views, shared storages, half precision, the old format) and pickles
that try to execute something. Dropout is off everywhere.

Run: python generate.py
"""

import inspect
import io
import json
import math
import os
import pickle
import random
import string
import zipfile
from pathlib import Path

import numpy
import safetensors.torch
import torch
import transformers
from torch import nn

import bert_kin
import deberta
import modernbert

HERE = Path(__file__).resolve().parent
SEED = 7
UNITS = 16
STEPS = 20


def texts(rng, vocab_size, padding=0):
    """Unequal lengths, one of a single token, one with padding's id in it (its row must not learn)."""
    lengths = [5, 12, 1, 7, 20, 2, 12, 9]
    ids = [[rng.randrange(1, vocab_size) for _ in range(length)] for length in lengths]
    ids[1][3] = padding
    return ids


def padded(ids, padding=0):
    longest = max(map(len, ids))
    input_ids = torch.tensor([row + [padding] * (longest - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
    return input_ids, mask


class Classifier(nn.Module):
    """encoder -> first token -> dense, ReLU -> one logit, as boostFSLBert has it; more outputs have a column each."""

    def __init__(self, encoder, hidden, outputs=1):
        super().__init__()
        self.encoder = encoder
        self.dense = nn.Linear(hidden, UNITS)
        self.output = nn.Linear(UNITS, outputs)

    def forward(self, input_ids, mask):
        hidden = self.encoder(input_ids=input_ids, attention_mask=mask).last_hidden_state
        logits = self.output(torch.relu(self.dense(hidden[:, 0])))
        return logits.squeeze(1) if logits.shape[1] == 1 else logits


def keras_adam(parameters, lr, epsilon):
    """Keras' Adam, written out; returns a step function."""
    state = [(p, torch.zeros_like(p), torch.zeros_like(p)) for p in parameters]
    step = 0

    def update():
        nonlocal step
        step += 1
        rate = lr * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        with torch.no_grad():
            for p, m, v in state:
                m.mul_(0.9).add_(p.grad, alpha=0.1)
                v.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
                p.sub_(rate * m / (v.sqrt() + epsilon))

    return update


def losses(classifier, batch, targets, kind, criterion=nn.functional.binary_cross_entropy_with_logits):
    classifier.load_state_dict(batch["weights"])
    named = [(n, p) for n, p in classifier.named_parameters() if p.requires_grad]
    if kind == "keras-adam":
        update, schedule, clip = keras_adam([p for _, p in named], 1e-3, 1e-7), None, None
    elif kind == "torch-adam":
        optimizer = torch.optim.Adam([p for _, p in named], lr=1e-3, eps=1e-12)
        update, schedule, clip = optimizer.step, None, None
    else:
        plain = [p for n, p in named if n.endswith("bias") or "norm" in n.lower()]
        decayed = [p for n, p in named if not (n.endswith("bias") or "norm" in n.lower())]
        groups = [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=1e-3, eps=1e-6)
        schedule = transformers.get_linear_schedule_with_warmup(optimizer, math.ceil(0.1 * STEPS), STEPS)
        update, clip = optimizer.step, 0.5
    values = []
    for _ in range(STEPS):
        classifier.zero_grad()
        logits = classifier(batch["input_ids"], batch["mask"])
        loss = criterion(logits, targets)
        values.append(loss.item())
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_([p for _, p in named], clip)
        update()
        if schedule:
            schedule.step()
    return values, {n: p.detach().clone() for n, p in named}


def words(encoder):
    """What the classifier calls the table of its encoder's word embeddings."""
    table = encoder.get_input_embeddings().weight
    return next("encoder." + n for n, p in encoder.named_parameters() if p is table)


def family(name, config, model_class):
    folder = HERE / name
    rng = random.Random(SEED)
    torch.manual_seed(SEED)
    pooler = "add_pooling_layer" in inspect.signature(model_class).parameters
    encoder = model_class(config, add_pooling_layer=False) if pooler else model_class(config)
    # Values large enough for attention, gelu and normalisation to matter.
    with torch.no_grad():
        for n, p in encoder.named_parameters():
            p.copy_(torch.randn_like(p) * 0.3 + (1.0 if "norm" in n.lower() and n.endswith("weight") else 0.0))
    encoder.save_pretrained(folder)
    classifier = Classifier(encoder, config.hidden_size)
    with torch.no_grad():
        for p in (*classifier.dense.parameters(), *classifier.output.parameters()):
            p.copy_(torch.randn_like(p) * 0.3)
    classifier.eval()
    ids = texts(rng, config.vocab_size, config.pad_token_id)
    input_ids, mask = padded(ids, config.pad_token_id)
    targets = torch.tensor([1.0, 0.0, 1.0, 0.0, 0.25, 1.0, 0.0, 0.8])
    batch = {"input_ids": input_ids, "mask": mask}
    batch["weights"] = {n: t.clone() for n, t in classifier.state_dict().items()}

    with torch.no_grad():
        hidden = encoder(input_ids=input_ids, attention_mask=mask).last_hidden_state
        lengths = mask.sum(1, keepdim=True)
        mean = (hidden * mask.unsqueeze(2)).sum(1) / lengths
    out = {"hidden": hidden[mask.bool()], "pooled.cls": hidden[:, 0].clone(), "pooled.mean": mean}
    logits = classifier(input_ids, mask)
    out["logits"] = logits.detach().clone()
    loss = nn.functional.binary_cross_entropy_with_logits(logits, targets)
    loss.backward()
    for n, p in classifier.named_parameters():
        out["gradient." + n] = p.grad.clone()
    for part in ("dense", "output"):
        for kind in ("weight", "bias"):
            out[f"head.{part}.{kind}"] = batch["weights"][f"{part}.{kind}"]
    golden = {"texts": ids, "targets": targets.tolist(), "loss": loss.item()}
    for kind in ("keras-adam", "adamw"):
        golden[kind], after = losses(classifier, batch, targets, kind)
        for n in (words(encoder), "output.weight"):
            out[f"after.{kind}.{n}"] = after[n]
    # Keras' formula with a vanishing epsilon is PyTorch's: a check of the formula above.
    sanity, _ = losses(classifier, batch, targets, "torch-adam")
    difference = max(abs(a - b) for a, b in zip(sanity, golden["keras-adam"]))
    assert difference < 1e-3, difference
    print(name, "loss", golden["loss"], "keras vs torch", difference, golden["adamw"][-1])
    safetensors.torch.save_file({n: t.contiguous() for n, t in out.items()}, folder / "golden.safetensors")
    (folder / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


def classes(name, model_class):
    """Three classes, with balanced class weights (scikit-learn's formula) and label smoothing."""
    folder = HERE / name
    torch.manual_seed(SEED + 1)
    encoder = model_class.from_pretrained(folder, **({"add_pooling_layer": False} if name == "bert" else {}))
    hidden = encoder.config.hidden_size if name == "bert" else encoder.config.dim
    classifier = Classifier(encoder, hidden, 3)
    with torch.no_grad():
        for p in (*classifier.dense.parameters(), *classifier.output.parameters()):
            p.copy_(torch.randn_like(p) * 0.3)
    classifier.eval()
    ids = texts(random.Random(SEED), encoder.config.vocab_size)
    input_ids, mask = padded(ids)
    labels = torch.tensor([2, 0, 1, 0, 0, 2, 0, 1])
    weights = len(labels) / (3 * torch.bincount(labels).float())
    batch = {"input_ids": input_ids, "mask": mask}
    batch["weights"] = {n: t.clone() for n, t in classifier.state_dict().items()}
    out = {f"head.{n}": t for n, t in batch["weights"].items() if not n.startswith("encoder.")}
    logits = classifier(input_ids, mask)
    out["logits"] = logits.detach().clone()
    criteria = {
        "plain": nn.CrossEntropyLoss(),
        "weighted": nn.CrossEntropyLoss(weight=weights, label_smoothing=0.1),
    }
    golden = {"texts": ids, "labels": labels.tolist()}
    for key, criterion in criteria.items():
        golden[key], after = losses(classifier, batch, labels, "adamw", criterion)
        for n in ("encoder.embeddings.word_embeddings.weight", "output.weight", "output.bias"):
            out[f"after.{key}.{n}"] = after[n]
    print(name, "three classes", golden["weighted"][0], golden["weighted"][-1])
    safetensors.torch.save_file({n: t.contiguous() for n, t in out.items()}, folder / "classes.safetensors")
    (folder / "classes.json").write_text(json.dumps(golden) + "\n")


class Executes:
    def __reduce__(self):
        return os.system, ("true",)


def pickles():
    folder = HERE / "pickles"
    folder.mkdir(exist_ok=True)
    encoder = safetensors.torch.load_file(HERE / "distilbert" / "model.safetensors")
    # The DistilBERT above with its prefix, some tensors as views: transposed, offset, two in one storage.
    state = {}
    both = torch.cat([encoder["transformer.layer.0.attention.q_lin.bias"], encoder["transformer.layer.0.attention.k_lin.bias"]])
    for name, tensor in encoder.items():
        if name.endswith("lin1.weight"):
            tensor = tensor.t().contiguous().t()
        state["distilbert." + name] = tensor
    hidden = both.numel() // 2
    state["distilbert.transformer.layer.0.attention.q_lin.bias"] = both[:hidden]
    state["distilbert.transformer.layer.0.attention.k_lin.bias"] = both[hidden:]
    state["distilbert.embeddings.position_ids"] = torch.arange(32).unsqueeze(0)
    model = transformers.DistilBertModel.from_pretrained(HERE / "distilbert")
    metadata = model.state_dict()
    metadata.clear()
    metadata.update(state)
    torch.save(metadata, folder / "views.bin")
    # The start is enough to know the old format by; what follows holds addresses, which differ from run to run.
    old = io.BytesIO()
    torch.save(state, old, _use_new_zipfile_serialization=False)
    (folder / "legacy.bin").write_bytes(old.getvalue()[:64])
    (folder / "truncated.bin").write_bytes((folder / "views.bin").read_bytes()[:3000])
    half = {name: tensor.bfloat16() if "lin1" in name else tensor.half() for name, tensor in encoder.items()}
    torch.save(half, folder / "half.bin")
    safetensors.torch.save_file(half, folder / "half.safetensors")
    for name, value in (("system.bin", {"a": Executes()}), ("module.bin", nn.Linear(2, 2))):
        torch.save(value, folder / name)
    # The tensor claims more numbers than its storage holds.
    buffer = io.BytesIO()
    torch.save({"distilbert." + n: t for n, t in encoder.items()}, buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(folder / "short.bin", "w") as target:
        for entry in source.namelist():
            data = source.read(entry)
            target.writestr(zipfile.ZipInfo(entry), data[:-4] if entry.endswith("data/0") else data)


def vocabularies(folders):
    """Letters, in a vocab.txt for each folder."""
    specials, letters = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], string.ascii_lowercase
    vocabulary = [*specials, *letters, *("##" + letter for letter in letters), ",", ".", "0"]
    for name in folders:
        (HERE / name).mkdir(exist_ok=True)
        (HERE / name / "vocab.txt").write_text("\n".join(vocabulary) + "\n")


def make_readable():
    for file in HERE.rglob("*.safetensors"):
        file.chmod(0o644)


def main():
    common = dict(vocab_size=60, max_position_embeddings=32, pad_token_id=0)
    bert = transformers.BertConfig(
        hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20, layer_norm_eps=1e-6, **common
    )
    distilbert = transformers.DistilBertConfig(dim=8, n_layers=2, n_heads=2, hidden_dim=16, **common)
    family("bert", bert, transformers.BertModel)
    family("distilbert", distilbert, transformers.DistilBertModel)
    bert_kin.make(family, HERE)
    deberta.make(family, HERE)
    modernbert.make(family, HERE)
    classes("bert", transformers.BertModel)
    classes("distilbert", transformers.DistilBertModel)
    vocabularies(("bert", "distilbert", *bert_kin.FOLDERS, *deberta.FOLDERS, *modernbert.FOLDERS))
    pickles()
    versions = f"torch {torch.__version__}\ntransformers {transformers.__version__}\n"
    versions += f"safetensors {safetensors.__version__}\nnumpy {numpy.__version__}\nseed {SEED}\n"
    (HERE / "versions.txt").write_text(versions)
    make_readable()


if __name__ == "__main__":
    main()
