"""Cross-validation of two methods by scikit-learn: probabilities of left-out texts, and what they score.

Texts are random words with other frequencies in each class. The parts are scikit-learn's own (StratifiedKFold, shuffled); every text gets
its probabilities from a model that learnt from the other parts. Writes, beside itself:
  cases.json       texts, labels, parts; of each method the probabilities of the left-out texts and their scores
  versions.txt     what it ran with

Run: python generate.py
"""

import json
import pathlib

import numpy
import sklearn
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss, matthews_corrcoef
from sklearn.model_selection import PredefinedSplit, StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

HERE = pathlib.Path(__file__).resolve().parent
WORDS = [f"word{number}" for number in range(30)]


def draw(per_class, rng):
    texts, labels = [], []
    for label, count in enumerate(per_class):
        frequencies = rng.dirichlet(numpy.ones(len(WORDS)))
        texts += [" ".join(rng.choice(WORDS, size=5, p=frequencies)) for _ in range(count)]
        labels += [label] * count
    order = rng.permutation(len(texts))
    return [texts[text] for text in order], numpy.array(labels)[order]


def smoothed_priors(labels):
    """As the paper has them: one text of each class beforehand. scikit-learn does not smooth them."""
    counts = numpy.bincount(labels)
    return (1 + counts) / (len(counts) + counts.sum())


class NaiveBayes(MultinomialNB):
    def fit(self, counts, labels):
        self.class_prior = smoothed_priors(labels)
        return super().fit(counts, labels)


def methods():
    bow = {"ngram-max": 1, "min-df": 1, "stop-words": "none", "c": 10.0, "balanced": True}
    regression = LogisticRegression(C=10.0, class_weight="balanced", tol=1e-12, max_iter=100_000)
    yield {"bow": bow}, make_pipeline(TfidfVectorizer(), regression)
    words = {"ngram-max": 1, "min-df": 1, "stop-words": "none", "alpha": 1.0, "lambda": 0.0, "max-iterations": 0}
    yield {"naive-bayes": words}, make_pipeline(CountVectorizer(), NaiveBayes())


def main():
    rng = numpy.random.default_rng(11)
    cases = []
    for per_class, folds in [((9, 14), 4), ((7, 5, 8), 5)]:
        texts, labels = draw(per_class, rng)
        parts = numpy.zeros(len(texts), dtype=int)
        split = StratifiedKFold(folds, shuffle=True, random_state=3)
        for part, (_, out) in enumerate(split.split(texts, labels)):
            parts[out] = part
        candidates = []
        for inputs, model in methods():
            found = cross_val_predict(model, texts, labels, cv=PredefinedSplit(parts), method="predict_proba")
            predicted = found.argmax(axis=1)
            scores = {
                "accuracy": accuracy_score(labels, predicted),
                "macro-f1": f1_score(labels, predicted, average="macro"),
                "mcc": matthews_corrcoef(labels, predicted),
                "log-loss": log_loss(labels, found),
            }
            candidates.append({"inputs": inputs, "probabilities": found.tolist(), "scores": scores})
        cases.append({"texts": texts, "labels": labels.tolist(), "parts": parts.tolist(), "candidates": candidates})
    (HERE / "cases.json").write_text(json.dumps(cases) + "\n")
    (HERE / "versions.txt").write_text(f"numpy {numpy.__version__}\nscikit-learn {sklearn.__version__}\n")


main()
