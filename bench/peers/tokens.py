"""Counts tokens: tokens.py FOLDER LONGEST FILE… prints a JSON list of lengths per file (vocabulary in FOLDER)."""

from __future__ import annotations

import json
import sys

import common

if __name__ == "__main__":
    tokenizer = common.Tokenizer(sys.argv[1], int(sys.argv[2]))
    lengths = [[len(text) for text in tokenizer(common.read_texts(path)[0])] for path in sys.argv[3:]]
    print(json.dumps(lengths))
