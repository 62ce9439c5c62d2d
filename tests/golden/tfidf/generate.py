"""Writes cases.json: what scikit-learn's TfidfVectorizer makes of texts of our own."""

import json
import pathlib
import platform

import numpy
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

TRAIN = [
    "The harbour was quiet and the harbour lights were low",
    "A quiet morning, a low tide, and nobody on the pier",
    "nobody believed the ferry would leave on time",
    "The ferry left on time; the pier was empty",
    "low tide low tide low tide",
    "Un café près du port, s'il vous plaît",
    "café au port: le CAFÉ du port!",
    "Straße und Hafen, STRASSE und hafen",
    "ΟΔΟΣ οδος Οδός οδός",
    "İstanbul istanbul ISTANBUL",
    "naïve naive nai\u0308ve",
    "हिन्दी भाषा हिन्दी", "東京 東京 港 港町", "x y z 1 22 333 a1 _ __ a_b",
    "½ Ⅷ ²³ ٣٤ x² 𝟙𝟚", "don't can't won't isn't it's", "e-mail e-mail: me@home.org #tag_one @you",
    "", "   ", "the and of to a in", "!!! ??? ...", "not this one but that other one",
    "lights low lights low harbour", "empty pier empty harbour empty promise",
    "promise me nothing, nothing at all", "nothing ventured nothing gained",
    "\u200bzero\u200bwidth zero\u00adwidth", "tab\tnew\nline\u2028sep nbsp\u00a0word", "time and time again",
    "on time on time on time",
]
TEST = [
    "the harbour and the pier at low tide", "café", "", "words never seen before", "low low low tide",
    "ISTANBUL οδός STRASSE", "on time at the empty pier, nothing at all", "東京 22 __", "a", "nothing nothing gained again",
]
SETTINGS = [
    {"ngram_range": (1, 1), "min_df": 1, "stop_words": None},
    {"ngram_range": (1, 3), "min_df": 2, "stop_words": "english"},
    {"ngram_range": (2, 3), "min_df": 1, "stop_words": None},
    {"ngram_range": (1, 2), "min_df": 1, "stop_words": "english"},
    {"ngram_range": (2, 5), "min_df": 2, "stop_words": None, "analyzer": "char_wb", "sublinear_tf": True},
    {"ngram_range": (1, 3), "min_df": 1, "stop_words": None, "analyzer": "char_wb"},
]


def rows(matrix):
    matrix = matrix.tocsr().sorted_indices()
    return [[[int(column), float(value)] for column, value in zip(row.indices, row.data)] for row in matrix]


def main():
    cases = []
    for settings in SETTINGS:
        vectorizer = TfidfVectorizer(**settings)
        train = vectorizer.fit_transform(TRAIN)
        cases.append({
            **settings,
            "vocabulary": vectorizer.get_feature_names_out().tolist(),
            "idf": vectorizer.idf_.tolist(),
            "train": rows(train),
            "test": rows(vectorizer.transform(TEST)),
        })
    here = pathlib.Path(__file__).parent
    text = json.dumps({"train": TRAIN, "test": TEST, "cases": cases}, ensure_ascii=False)
    (here / "cases.json").write_text(text + "\n", encoding="utf-8")
    (here / "versions.txt").write_text(
        f"python {platform.python_version()}\nscikit-learn {sklearn.__version__}\nnumpy {numpy.__version__}\n")


main()
