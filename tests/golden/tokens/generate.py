"""Golden token ids: what transformers' BertTokenizerFast says about hostile texts.

Writes, beside itself:
  vocab.txt     a vocabulary of its own (single characters, their ## forms, a few words and pieces, the special tokens)
  tokens.json   the texts and, for `lowercase` true and false, their ids at two truncation limits
  versions.txt  what it ran with

Run: python generate.py
"""

import json
import os
import random
import tempfile
import unicodedata
from pathlib import Path

import tokenizers
import transformers
from transformers import BertTokenizerFast

HERE = Path(__file__).resolve().parent
SEED = 20240607
LIMITS = (64, 100_000)
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

# Blocks of which a few characters each enter the vocabulary and the random texts. The last rows are those on which
# tables of different Unicode versions, or a slip in a table, disagree.
BLOCKS = {
    "ascii": (0x20, 0x7E),
    "control": (0x00, 0x1F),
    "c1": (0x7F, 0xA0),
    "latin1": (0xA1, 0xFF),
    "latin-extended": (0x100, 0x17F),
    "combining": (0x300, 0x36F),
    "greek": (0x370, 0x3FF),
    "cyrillic": (0x400, 0x4FF),
    "hebrew": (0x591, 0x5F4),
    "arabic": (0x600, 0x6FF),
    "devanagari": (0x900, 0x97F),
    "bengali": (0x980, 0x9FE),
    "thai": (0xE01, 0xE5B),
    "tibetan": (0xF00, 0xFDA),
    "jamo": (0x1100, 0x11FF),
    "mongolian": (0x1800, 0x180F),
    "vietnamese": (0x1EA0, 0x1EF9),
    "general-punctuation": (0x2000, 0x206F),
    "letterlike": (0x2100, 0x214F),
    "supplemental-punctuation": (0x2E00, 0x2E5D),
    "cjk-symbols": (0x3000, 0x303F),
    "kana": (0x3041, 0x30FF),
    "cjk": (0x4E00, 0x4E40),
    "cjk-compatibility": (0xF900, 0xF940),
    "hangul": (0xAC00, 0xAC40),
    "private": (0xE000, 0xE010),
    "variation": (0xFE00, 0xFE0F),
    "halfwidth": (0xFF01, 0xFFEF),
    "specials": (0xFFF9, 0xFFFD),
    "emoji": (0x1F600, 0x1F64F),
    "flags": (0x1F1E6, 0x1F1FF),
    "math": (0x1D400, 0x1D440),
    "brahmi": (0x11000, 0x1104D),
    "khojki-to-sharada": (0x11180, 0x1123E),
    "new-indic": (0x11900, 0x11946),
    "adlam": (0x1E900, 0x1E95F),
    "tags": (0xE0000, 0xE007F),
    "variation-supplement": (0xE0100, 0xE010F),
    "cjk-extension-e": (0x2B818, 0x2B828),
    "cjk-extension-e-later": (0x2B918, 0x2B928),
    "unassigned": (0x378, 0x379),
    "unassigned-plane": (0x40000, 0x40008),
    "noncharacters": (0xFDD0, 0xFDD4),
    "georgian-capitals": (0x1C90, 0x1C98),
    "cherokee": (0x13A0, 0x13A8),
    "cherokee-small": (0xAB70, 0xAB78),
}

WORDS = """the a an and of to in is it this that was for with not you he she they we my me at on no yes good bad film
movie book news tweet really very so happy sad love hate like harass ##ment ##ing ##ed ##s ##er ##est ##ly un re ##un
straße strasse ##ße ##sse istanbul ırmak resume cafe naive facade uber el nino mask sep cls pad unk www http com org
don ##n ##t can ##not won i m ll ve 10 100 20 2024 ##0 ##00 ##th ##st στ σ ς ##ς ##σ λογος ##ος привет мир москва
##ва नमस्ते हिन ##दी ไทย ##ทย สวัสดี سلام ##لام عربي 한국 ##국 ᄒ ##ᅡ ##ᆫ 中 文 日 本 語 한 국 ΑΣ The Hello WORLD ##LD
Straße İ İstanbul ##İ 😂 😀 ❤ ##❤ … — “ ” ‘ ’ ##…""".split()


def characters(low, high):
    return [chr(code) for code in range(low, high + 1) if not 0xD800 <= code <= 0xDFFF]


def vocabulary(rng):
    """Unique entries, none of them with white space in it or at its ends (one entry is one line)."""
    entries = list(SPECIALS) + [f"[unused{i}]" for i in range(5)]
    for name, (low, high) in BLOCKS.items():
        block = characters(low, high)
        if name not in ("ascii", "greek", "latin1", "supplemental-punctuation", "cjk-extension-e", "new-indic"):
            block = sorted(rng.sample(block, min(len(block), 24)))
        for character in block:
            entries.append(character)
            if rng.random() < 0.6 or name == "ascii":
                entries.append("##" + character)
            decomposed = unicodedata.normalize("NFD", character).lower()
            entries.extend([decomposed, "##" + decomposed])
    entries += WORDS
    # Pieces longer than one character, so that the longest match matters.
    letters = "abcdefghijklmnopqrstuvwxyz"
    for _ in range(400):
        piece = "".join(rng.choice(letters) for _ in range(rng.choice((2, 2, 3))))
        entries.append(rng.choice(("", "##")) + piece)
    unique = dict.fromkeys(e for e in entries if e.strip("#") or e in ("#", "##"))
    return [e for e in unique if not any(c.isspace() or c in "\x1c\x1d\x1e\x1f\x85\u2028\u2029\ufeff\0" for c in e)]


def written():
    """Texts written for a reason each."""
    texts = [
        "", " ", "\t\n\r ", "\u00a0\u2003\u3000", "\0", "\ufffd", "\u200b", "\ufeff", "hello", "Hello WORLD!",
        "I was harassed... really?!", "caf\u00e9 na\u00efve r\u00e9sum\u00e9", "cafe\u0301 nai\u0308ve", "\u0301", "a\u0301\u0323b",
        "a\u0323\u0301b", "q\u0307\u0323", "\u0130stanbul ISTANBUL \u0131rmak", "Stra\u00dfe STRASSE \u1e9e", "\u039b\u039f\u0393\u039f\u03a3 \u03bb\u03cc\u03b3\u03bf\u03c2 \u03a3",
        "\u4e2d\u6587 mixed \u65e5\u672c\u8a9etext", "a\u4e2db", "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab\u1100\u116e\u11a8", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e04\u0e23\u0e31\u0e1a", "\u0928\u092e\u0938\u094d\u0924\u0947 \u0939\u093f\u0928\u094d\u0926\u0940",
        "\u0627\u0644\u0633\u064e\u0651\u0644\u0627\u0645\u064f \u0639\u064e\u0644\u064e\u064a\u0652\u0643\u064f\u0645", "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd", "\U0001d400\U0001d401\U0001d402 \U0001d7d8", "\U0001f602\U0001f602 lol",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1ea\U0001f1f8", "\u2764\ufe0f", "soft\u00adhyphen", "zero\u200bwidth\u200cjoin\u200der\u2060",
        "line\u2028para\u2029end", "next\u0085line", "a\u00a0b\u1680c\u2000d\u200ae\u202ff\u205fg\u3000h", "mongolian\u180evowel", "tab\tnew\nline\rret\x0bvt\x0cff",
        "bell\x07esc\x1bdel\x7f", "c1\x80\x9f", "\x1c\x1d\x1e\x1f", "nul\0in\0side", "bad\ufffdbyte", "bom\ufeffinside", "tags\U000e0041\U000e0042\U000e007f",
        "private\ue000\U000f0000\U0010fffd", "nonchar\ufdd0\ufffe\U0001ffff", "unassigned\u0378\U00040000", "\u2e4a\u2e4f\u2e52 a\u2e4ab", "\U0002b820\U0002b91f\U0002b920 x\U0002b820y",
        "\uff28\uff45\uff4c\uff4c\uff4f\uff01\uff1f", "\ufb01\ufb02 \u2167 \u00bd \u2122", "$100 + 5% = 105~ `a` ^b^ |c| <d>", "#hashtag @user http://a.b/c?d=e&f=g",
        "[MASK]", "[SEP]", "[CLS]", "[PAD]", "[UNK]", "[mask] [Mask]", "a[MASK]b", "[MASK][MASK]", "x [SEP] y [CLS] z", "[MASK", "MASK]", "[[MASK]]", "[ MASK ]",
        "[CLS] Hello [SEP]", "[MASK]\u0301", "e[MASK]\u0301", "[MA\u200bSK]", "[unused1] [unused2]", "##a ##ing ##", "don't can't won't I'm", "''\"\"``",
        "a" * 99, "a" * 100, "a" * 101, "a" * 500, "\u00e9" * 100, "\u00e9" * 101, "e\u0301" * 100, "\U0001f602" * 101, "\u4e2d" * 101, "x" * 500 + " end",
        "a" * 100 + "\u200b", "\u0130" * 60, "." * 200, "-" * 101, "word " * 80, "w\u00f6rd! " * 70, "the film is good . " * 30, "[MASK] " * 70,
        "\u00c5\u212b\u0041\u030a", "\u1e69 s\u0323\u0307 s\u0307\u0323", "\u01c5 \u01f2", "\uac00\uac01 \u1100\u1161", "\u0958 \u0929", "\u09fe \u0afa\u0d00", "\U00011938 x\U00011935\U00011930",
        "\U0001e921\U0001e943 \U0001e944", "\u1c90\u10d0", "\u13a0\uab70", "\u0345\u0399", "\u03d2\u0301", "\u2000\u0301", "\u0f73\u0f75\u0f81", "\ufb1d\ufb4f", "\u0f0b\u0f14 a\u0f3bb", "a\u2260b \u226e\u226f \u1fefc", "\u08e2 a\U00013430b \U000110cd", "\U00011383 \U000105c9", "\U000111c9 a\U000111c9",
    ]
    return texts


def soup(rng, entries):
    """Random texts: characters of every block, vocabulary entries, marks and spaces, stirred."""
    blocks = [characters(*ends) for ends in BLOCKS.values()]
    pieces = [entry.removeprefix("##") for entry in entries]
    texts = []
    for _ in range(200):
        parts = []
        chosen = rng.sample(blocks, 4)
        for _ in range(rng.randint(1, 60)):
            roll = rng.random()
            if roll < 0.45:
                parts.append(rng.choice(rng.choice(chosen)))
            elif roll < 0.7:
                parts.append(rng.choice(pieces))
            elif roll < 0.75:
                parts.append(rng.choice(SPECIALS))
            elif roll < 0.8:
                parts.append(chr(rng.choice((rng.randrange(0xD800), rng.randrange(0xE000, 0x110000)))))
            else:
                parts.append(rng.choice((" ", "", "a", "E", "\u0301")))
        texts.append("".join(parts))
    return texts


def main():
    rng = random.Random(SEED)
    entries = vocabulary(rng)
    (HERE / "vocab.txt").write_text("".join(entry + "\n" for entry in entries), encoding="utf-8")
    texts = written() + soup(rng, entries)
    golden = {"limits": LIMITS, "texts": texts, "ids": {}}
    for lowercase in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(HERE / "vocab.txt", Path(folder) / "vocab.txt")
            tokenizer = BertTokenizerFast.from_pretrained(folder, do_lower_case=lowercase)
        assert len(tokenizer) == len(entries), (len(tokenizer), len(entries))
        assert tokenizer._tokenizer.normalizer.lowercase is lowercase
        key = "lowercase" if lowercase else "cased"
        golden["ids"][key] = [
            [tokenizer(text, truncation=True, max_length=limit)["input_ids"] for text in texts] for limit in LIMITS
        ]
    (HERE / "tokens.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="ascii")
    versions = f"transformers {transformers.__version__}\ntokenizers {tokenizers.__version__}\nseed {SEED}\n"
    (HERE / "versions.txt").write_text(versions)
    print(len(entries), "entries,", len(texts), "texts")


if __name__ == "__main__":
    main()
