"""Golden token ids: what transformers' AutoTokenizer says about hostile texts, for tokenizers of every kind.

Reads the texts and the vocabulary of tests/golden/tokens. Writes, beside itself:
  bases/      tiny vocabularies and tokenizer.json files, trained on those texts. Training breaks ties at random: they are
              made where the folder is not there, and otherwise kept
  cases.json  folders: for each the files that are copied from elsewhere, and the small ones written out
  ids.json    by case, for every text: how many ids it has, and a digest of three lists: all of them, those that are left
              at a limit of 16 tokens, and those at a limit of 64; for some, a digest of the ids of every character, by chunk
  versions.txt  what it ran with

A SentencePiece table (`precompiled_charsmap`) is made by the sentencepiece package out of a few rules.

Run: python generate.py [FILE]; FILE gets the ids themselves, to look at a difference.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

import sentencepiece
import tokenizers
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

HERE = Path(__file__).resolve().parent
TOKENS = HERE.parent / "tokens"
BASES = HERE / "bases"
LIMITS = (16, 64)
TEXTS = json.loads((TOKENS / "tokens.json").read_text())["texts"]
# Beside the hostile ones: what only these tokenizers look at.
MORE = [
    "<s> a </s>", "a<mask>b", "a <mask> b", " <mask>", "<pad><unk>", "new1 new1new1 NEW1", "Zürich zürich", "the   film\n\nis  good ",
    "naïve café CAFÉ", "[NEW] x [NEW]y", "don't we'll I'VE 12345 1,000.50", "tab\t\ttab", "ﬁ ｆｕｌｌ ① ㍿", "``quoted'' 'single'",
    "  leading", "trailing  ", "a_b-c.d", "１２３ ٣٤٥ ²", "e\u0301\u0301", "\u200d\u200c", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "日本語 テキスト", "ﷺ", "👩‍👩‍👧‍👦 🇪🇸", "x" * 3000, "ab " * 700, "<s>" * 40, "é" * 700, "\u0300" * 200,
]
ALL = TEXTS + MORE
# The cases that are asked about every character there is: between a letter and a digit, 64 of them in a text. Planes 4 to 13
# have no characters.
EVERY = ["roberta-json", "split", "words", "xlm-roberta", "bert-json-as-written"]
EMPTY = range(0x40000, 0xE0000)
BLOCK = 64
CHUNK = 16_384
# Characters of every text, so that no vocabulary lacks a plain letter.
LETTERS = [chr(code) for code in range(0x21, 0x7F)]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def trained(model, trainer, pre=None, norm=None, alphabet=0x110000):
    """Trained on the texts, without the characters from `alphabet` on."""
    tokenizer = Tokenizer(model)
    if norm is not None:
        tokenizer.normalizer = norm
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    corpus = ["".join(c for c in text if 0 < ord(c) < alphabet) for text in TEXTS] + LETTERS + ["中文 日本 Привет"]
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer


def byte_level(specials, **kind):
    trainer = trainers.BpeTrainer(
        vocab_size=len(specials) + 256 + 150, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    return trained(models.BPE(), trainer, pre_tokenizers.ByteLevel(**kind))


def charsmap():
    """A table that makes ligatures, full-width and other letters plain, drops one and lengthens another."""
    rules = {"ﬁ": "fi", "ｆ": "f", "①": "1", "㍿": "株式会社", "é": "e", "e\u0301": "e", "\u00ad": "", "\u3000": " ", "\u00a0": " ", "Å": "A", "ﷺ": "صلى الله"}
    rows = []
    for source, target in rules.items():
        numbers = lambda text: " ".join(f"{ord(c):X}" for c in text)
        rows.append(numbers(source) + "\t" + numbers(target))
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write(folder / "rules.tsv", "\n".join(rows) + "\n")
        write(folder / "text.txt", "\n".join(["the film is good", "a book of news", "harass me not"] * 50))
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder / "text.txt"), model_prefix=str(folder / "m"), vocab_size=24, hard_vocab_limit=False, model_type="unigram",
            normalization_rule_tsv=str(folder / "rules.tsv"), minloglevel=9,
        )
        from sentencepiece import sentencepiece_model_pb2 as proto

        model = proto.ModelProto()
        model.ParseFromString((folder / "m.model").read_bytes())
        return model.normalizer_spec.precompiled_charsmap


def unigram(specials, unknown, size=420):
    words = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    trainer = trainers.UnigramTrainer(
        vocab_size=size, special_tokens=specials, unk_token=unknown, show_progress=False, max_piece_length=8
    )
    tokenizer = trained(models.Unigram(), trainer, words, normalizers.NFKC(), alphabet=0x180)
    # Scores with few digits keep the file small.
    data = json.loads(tokenizer.to_str())
    data["model"]["vocab"] = [[piece, round(score, 4)] for piece, score in data["model"]["vocab"]]
    return Tokenizer.from_str(json.dumps(data))


def template(first, last, ids):
    return processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A {last} $B:1 {last}:1", special_tokens=[(first, ids[0]), (last, ids[1])]
    )


def bases():
    """Files that cases are made of, by name."""
    roberta = byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    roberta.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, False)
    roberta.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    save("roberta.json", roberta)
    model = json.loads(roberta.to_str())["model"]
    write(BASES / "vocab.json", json.dumps(model["vocab"], ensure_ascii=False))
    write(BASES / "merges.txt", "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in model["merges"]))

    modern = byte_level(["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"], add_prefix_space=False)
    modern.normalizer = normalizers.NFC()
    modern.post_processor = template("[CLS]", "[SEP]", (1, 2))
    modern.add_special_tokens([AddedToken("[MASK]", lstrip=True, special=True)])
    modern.add_tokens([AddedToken("  ", normalized=True), AddedToken("new1", normalized=True, single_word=True)])
    modern.enable_truncation(7, stride=2)
    modern.enable_padding(pad_id=3, pad_token="[PAD]", length=9)
    save("modern.json", modern)

    xlmr = unigram(["<s>", "<pad>", "</s>", "<unk>"], "<unk>")
    xlmr.normalizer = normalizers.Sequence([normalizers.Precompiled(charsmap()), normalizers.Replace(Regex(" {2,}"), " ")])
    xlmr.post_processor = template("<s>", "</s>", (0, 2))
    xlmr.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    save("xlmr.json", xlmr)

    albert = unigram(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"], "<unk>")
    albert.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.Precompiled(charsmap())])
    albert.post_processor = template("[CLS]", "[SEP]", (2, 3))
    save("albert.json", albert)

    deberta = unigram(["[PAD]", "[CLS]", "[SEP]", "[UNK]"], "[UNK]")
    deberta.post_processor = template("[CLS]", "[SEP]", (1, 2))
    deberta.add_special_tokens(["[MASK]"])
    save("deberta.json", deberta)

    words = trained(
        models.WordLevel(unk_token="[UNK]"),
        trainers.WordLevelTrainer(vocab_size=300, special_tokens=["[UNK]", "[A]", "[B]", "[C]"], show_progress=False),
        pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation()]),
        normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"\d{3,}"), "0"), normalizers.Strip()]),
    )
    words.post_processor = processors.TemplateProcessing(
        single="[A] [B] $A [C]", pair="[A] $A [B] $B", special_tokens=[("[A]", 1), ("[B]", 2), ("[C]", 3)]
    )
    words.add_tokens([AddedToken("Film", normalized=True), AddedToken("[NEW]", rstrip=True, normalized=False)])
    words.enable_truncation(5, direction="left")
    save("words.json", words)

    pieces = [["<unk>", 0.0], ["<s>", 0.0], ["</s>", 0.0]] + [[f"<0x{byte:02X}>", 0.0] for byte in range(256)]
    pieces += [["▁", -2.0], ["▁the", -3.0], ["the", -4.0], ["▁f", -4.5], ["ilm", -5.0], ["a", -3.5], ["aa", -4.25], ["aaa", -6.0], ["中", -5.0]]
    pieces += [[letter, -6.5] for letter in "bcdefghijklmnopqrstuvwxyz"]
    bytes_ = Tokenizer(models.Unigram([tuple(piece) for piece in pieces], unk_id=0, byte_fallback=True))
    bytes_.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    bytes_.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    bytes_.post_processor = processors.Sequence([processors.ByteLevel(), template("<s>", "</s>", (1, 2))])
    bytes_.add_special_tokens(["<s>", "</s>"])
    save("bytes.json", bytes_)

    pattern = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    split = byte_level(["<|end|>"])
    split.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior="isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    split.post_processor = processors.TemplateProcessing(single="$A <|end|>", pair="$A $B <|end|>", special_tokens=[("<|end|>", 0)])
    save("split.json", split)

    llama = trained(
        models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
        trainers.BpeTrainer(vocab_size=400, special_tokens=["<unk>", "<s>"] + [f"<0x{byte:02X}>" for byte in range(256)], limit_alphabet=60, show_progress=False),
        None,
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
    )
    llama.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    save("llama.json", llama)

    pieces = trained(
        models.WordPiece(unk_token="?", max_input_chars_per_word=12, continuing_subword_prefix="@@"),
        trainers.WordPieceTrainer(vocab_size=330, special_tokens=["?", "!c", "!s"], limit_alphabet=120, continuing_subword_prefix="@@", show_progress=False),
        pre_tokenizers.BertPreTokenizer(),
        normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False),
    )
    pieces.post_processor = processors.BertProcessing(("!s", 2), ("!c", 1))
    save("pieces.json", pieces)

    mpnet = ["<s>", "<pad>", "</s>", "[UNK]"] + [line for line in vocabulary() if not line.startswith("[")] + ["<mask>"]
    write(BASES / "mpnet.txt", "".join(entry + "\n" for entry in mpnet))


def vocabulary():
    return (TOKENS / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]


def save(name, tokenizer):
    text = json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":"))
    write(BASES / name, text + "\n")


def bert_json(**options):
    """A tokenizer.json of BertTokenizer, without its vocabulary: the test puts that of vocab.txt there."""
    tokenizer = transformers.BertTokenizer(vocab=str(TOKENS / "vocab.txt"), **options)
    data = json.loads(tokenizer._tokenizer.to_str())
    data["model"]["vocab"] = {}
    return json.dumps(data, ensure_ascii=False)


def config(model_type, **more):
    return json.dumps({"model_type": model_type, **more})


def case(name, model_type, copied, tokenizer_config=None, vocabulary=None, **files):
    """`files` by name with `__` for a dot; `vocabulary` says that the entries of vocab.txt belong into tokenizer.json."""
    texts = {name.replace("__", "."): text for name, text in files.items()}
    texts["config.json"] = config(model_type)
    if tokenizer_config is not None:
        texts["tokenizer_config.json"] = json.dumps(tokenizer_config)
    return {"name": name, "copied": copied, "files": texts, "vocabulary": bool(vocabulary)}


def cases():
    bert = {"vocab.txt": "../tokens/vocab.txt"}
    added = {"[NEW]": len(vocabulary()), "new1": len(vocabulary()) + 1}
    token = lambda content, **options: {"content": content, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True} | options
    made = {"vocabulary": True}
    yield case("bert", "bert", bert)
    yield case("bert-accents-kept", "bert", bert, {"do_lower_case": True, "strip_accents": False})
    yield case("bert-accents-stripped", "bert", bert, {"do_lower_case": False, "strip_accents": True})
    yield case("bert-chinese-whole", "bert", bert, {"tokenize_chinese_chars": False})
    yield case("bert-added-tokens", "bert", bert, added_tokens__json=json.dumps(added))
    yield case("bert-added-special", "bert", bert, added_tokens__json=json.dumps(added),
               special_tokens_map__json=json.dumps({"additional_special_tokens": ["[NEW]"], "cls_token": "[CLS]"}))
    yield case("bert-decoder", "bert", bert, {"added_tokens_decoder": {
        str(len(vocabulary())): token("new1", special=False, normalized=True, single_word=True),
        str(len(vocabulary()) + 1): token("[NEW]", lstrip=True, rstrip=True)}, "cls_token": "[CLS]"})
    yield case("bert-other-names", "bert", bert, {"cls_token": "[unused1]", "sep_token": "[unused2]", "unk_token": "[unused3]"})
    yield case("bert-left", "bert", bert, {"truncation_side": "left"})
    yield case("bert-split-special", "bert", bert, {"split_special_tokens": True})
    yield case("bert-json", "bert", {}, vocabulary=True, tokenizer__json=bert_json())
    yield case("bert-json-and-txt", "bert", bert, {"tokenizer_class": "BertTokenizer", "do_lower_case": True}, **made, tokenizer__json=bert_json())
    yield case("bert-json-cased-alone", "bert", {}, **made, tokenizer__json=bert_json(do_lower_case=False))
    yield case("bert-json-against-config", "bert", bert, {"do_lower_case": False, "strip_accents": None}, **made, tokenizer__json=bert_json())
    yield case("bert-json-as-written", "bert", {}, {"tokenizer_class": "PreTrainedTokenizerFast"}, **made,
               tokenizer__json=bert_json(do_lower_case=False, strip_accents=True, tokenize_chinese_chars=False))
    yield case("bert-json-fast-class", "bert", {}, {"tokenizer_class": "BertTokenizerFast", "model_max_length": 9}, **made, tokenizer__json=bert_json())
    yield case("distilbert", "distilbert", bert, {"tokenizer_class": "DistilBertTokenizer", "do_lower_case": False})
    yield case("electra-json", "electra", {}, {"tokenizer_class": "ElectraTokenizer"}, **made, tokenizer__json=bert_json())
    yield case("mpnet", "mpnet", {"vocab.txt": "bases/mpnet.txt"})
    yield case("mpnet-cased", "mpnet", {"vocab.txt": "bases/mpnet.txt"}, {"do_lower_case": False, "tokenizer_class": "MPNetTokenizer", "mask_token": "<mask>"})
    yield case("roberta-json", "roberta", {"tokenizer.json": "bases/roberta.json"})
    yield case("roberta-files", "roberta", {"vocab.json": "bases/vocab.json", "merges.txt": "bases/merges.txt"})
    yield case("roberta-prefix", "roberta", {"tokenizer.json": "bases/roberta.json"}, {
        "add_prefix_space": True, "tokenizer_class": "RobertaTokenizer",
        "added_tokens_decoder": {"4": token("<mask>", lstrip=True), "900": token("new1", normalized=True, special=False, rstrip=True)}})
    yield case("roberta-as-written", "roberta", {"tokenizer.json": "bases/roberta.json"}, {"tokenizer_class": "PreTrainedTokenizerFast", "mask_token": "<mask>"})
    yield case("modernbert", "modernbert", {"tokenizer.json": "bases/modern.json"}, {"tokenizer_class": "PreTrainedTokenizerFast", "cls_token": "[CLS]"})
    yield case("xlm-roberta", "xlm-roberta", {"tokenizer.json": "bases/xlmr.json"})
    yield case("xlm-roberta-config", "xlm-roberta", {"tokenizer.json": "bases/xlmr.json"}, {"tokenizer_class": "XLMRobertaTokenizerFast", "add_prefix_space": False, "mask_token": {"__type": "AddedToken", **token("<mask>", lstrip=True)}})
    yield case("xlm-roberta-as-written", "xlm-roberta", {"tokenizer.json": "bases/xlmr.json"}, {"tokenizer_class": "TokenizersBackend"})
    yield case("albert", "albert", {"tokenizer.json": "bases/albert.json"})
    yield case("albert-cased", "albert", {"tokenizer.json": "bases/albert.json"}, {"do_lower_case": False, "keep_accents": True})
    yield case("deberta-v2", "deberta-v2", {"tokenizer.json": "bases/deberta.json"})
    yield case("deberta-v2-options", "deberta-v2", {"tokenizer.json": "bases/deberta.json"}, {"do_lower_case": True, "split_by_punct": True, "tokenizer_class": "DebertaV2Tokenizer"})
    plain = {"tokenizer_class": "PreTrainedTokenizerFast"}
    for base in ("words", "bytes", "split", "llama", "pieces"):
        yield case(base, "bert", {"tokenizer.json": f"bases/{base}.json"}, plain)


def lay_out(case, folder):
    for name, source in case["copied"].items():
        shutil.copy(HERE / source, folder / name)
    for name, text in case["files"].items():
        if name == "tokenizer.json" and case["vocabulary"]:
            data = json.loads(text)
            data["model"]["vocab"] = {entry: index for index, entry in enumerate(vocabulary())}
            text = json.dumps(data, ensure_ascii=False)
        write(folder / name, text)


def every_character():
    """Texts with all characters, by chunks."""
    for chunk in (chunk for chunk in range(0, 0x110000, CHUNK) if chunk not in EMPTY):
        starts = range(chunk, min(chunk + CHUNK, 0x110000), BLOCK)
        yield [" ".join(f"a{chr(c)}1" for c in range(start, start + BLOCK) if not 0xD800 <= c <= 0xDFFF) for start in starts]


def digest(lists):
    return hashlib.sha256(json.dumps(lists, separators=(",", ":")).encode()).hexdigest()[:8]


def main():
    if not BASES.exists():
        bases()
    every, golden, shown = list(cases()), {"more": MORE, "limits": LIMITS, "ids": {}, "every": {}}, {}
    for each in every:
        with tempfile.TemporaryDirectory() as folder:
            lay_out(each, Path(folder))
            tokenizer = AutoTokenizer.from_pretrained(folder)
            ids = lambda text, limit: tokenizer(text, truncation=True, max_length=limit, padding=False)["input_ids"]
            lists = [[ids(text, limit) for limit in (1_000_000, *LIMITS)] for text in ALL]
        golden["ids"][each["name"]] = " ".join(f"{len(three[0])}:{digest(three)}" for three in lists)
        if each["name"] in EVERY:
            chunks = (tokenizer(texts)["input_ids"] for texts in every_character())
            golden["every"][each["name"]] = " ".join(digest(chunk) for chunk in chunks)
        shown[each["name"]] = lists
        print(each["name"], type(tokenizer).__name__, len(tokenizer))
    (HERE / "cases.json").write_text(json.dumps(every, indent=1, ensure_ascii=True) + "\n")
    (HERE / "ids.json").write_text(json.dumps(golden, indent=0) + "\n", encoding="ascii")
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(shown))
    versions = f"transformers {transformers.__version__}\ntokenizers {tokenizers.__version__}\nsentencepiece {sentencepiece.__version__}\n"
    (HERE / "versions.txt").write_text(versions)


if __name__ == "__main__":
    main()
