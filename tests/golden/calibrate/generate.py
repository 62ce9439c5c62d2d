"""Calibrated probabilities and mixtures of two methods by scikit-learn, NumPy and SciPy.

Texts are random words with other frequencies in each class. The parts are scikit-learn's own (StratifiedKFold, shuffled). Writes, beside
itself:
  cases.json       texts, labels, parts, pool, test texts; of each method what calibrations and of both what mixtures make of the test texts
  versions.txt     what it ran with

Run: python generate.py
"""

import json
import pathlib

import numpy
import scipy
import sklearn
from scipy.special import expit, logit, softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve, roc_auc_score
from sklearn.model_selection import PredefinedSplit, StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

HERE = pathlib.Path(__file__).resolve().parent
WORDS = [f"word{number}" for number in range(30)]
WEIGHTS = [2.0, 0.5]


def draw(per_class, rng):
    """Labelled texts, then as many again to score, then a pool."""
    frequencies = rng.dirichlet(numpy.ones(len(WORDS)), size=len(per_class))
    labels = numpy.repeat(numpy.arange(len(per_class)), per_class)
    labels = rng.permutation(labels)

    def text(label):
        return " ".join(rng.choice(WORDS, size=4, p=frequencies[label]))

    pool = rng.integers(len(per_class), size=40)
    return [text(label) for label in labels], labels, [text(label) for label in labels], [text(label) for label in pool]


class NaiveBayes(MultinomialNB):
    """As the paper has the priors: one text of each class beforehand. scikit-learn does not smooth them."""

    def fit(self, counts, labels, **more):
        frequencies = numpy.bincount(labels)
        self.class_prior = (1 + frequencies) / (len(frequencies) + frequencies.sum())
        return super().fit(counts, labels, **more)


def methods():
    bow = {"ngram-max": 1, "min-df": 1, "stop-words": "none", "c": 10.0, "balanced": True}
    regression = LogisticRegression(C=10.0, class_weight="balanced", tol=1e-12, max_iter=100_000)
    yield {"bow": bow}, make_pipeline(TfidfVectorizer(), regression)
    words = {"ngram-max": 1, "min-df": 1, "stop-words": "none", "alpha": 1.0, "lambda": 0.0, "max-iterations": 0}
    yield {"naive-bayes": words}, make_pipeline(CountVectorizer(), NaiveBayes())


def best_cut(scores, labels):
    """Midway below the lowest score that is taken where F1 is the largest; of several, the one nearest to 0."""
    precision, recall, thresholds = precision_recall_curve(labels, scores)
    f1 = 2 * precision * recall / numpy.maximum(precision + recall, 1e-300)
    cuts = []
    for threshold in thresholds[numpy.isclose(f1[:-1], f1.max(), rtol=0, atol=1e-12)]:
        below = scores[scores < threshold]
        cuts.append((threshold + below.max()) / 2 if len(below) else threshold - 1)
    return min(cuts, key=abs)


def calibrated(model, texts, labels, parts, pool, test):
    split = PredefinedSplit(parts)
    temperature = CalibratedClassifierCV(model, method="temperature", cv=split, ensemble=False).fit(texts, labels)
    found = {"temperature": temperature.predict_proba(test).tolist()}
    model.fit(texts, labels)
    if labels.max() == 1:
        scores = logit(model.predict_proba(test)[:, 1])
        of_pool = logit(model.predict_proba(pool)[:, 1])
        left_out = logit(cross_val_predict(model, texts, labels, cv=split, method="predict_proba")[:, 1])
        found["auc"] = roc_auc_score(labels, left_out)
        for name, cut in {
            "balanced": numpy.median(of_pool),
            "prior": numpy.quantile(of_pool, 0.7),
            "validation": best_cut(left_out, labels),
        }.items():
            found[name] = expit(scores - cut).tolist()
    return found


def main():
    rng = numpy.random.default_rng(19)
    cases = []
    for per_class, folds in [((19, 24), 4), ((13, 12, 14), 5)]:
        texts, labels, test, pool = draw(per_class, rng)
        parts = numpy.zeros(len(texts), dtype=int)
        split = StratifiedKFold(folds, shuffle=True, random_state=3)
        for part, (_, out) in enumerate(split.split(texts, labels)):
            parts[out] = part
        every = [{"inputs": inputs, **calibrated(model, texts, labels, parts, pool, test)} for inputs, model in methods()]
        models = [(str(number), model) for number, (_, model) in enumerate(methods())]
        vote = VotingClassifier(models, voting="soft", weights=WEIGHTS).fit(texts, labels)
        logs = [numpy.log(model.fit(texts, labels).predict_proba(test)) for _, model in methods()]
        mixtures = {
            "probabilities": vote.predict_proba(test).tolist(),
            "log-probabilities": softmax(numpy.average(logs, axis=0, weights=WEIGHTS), axis=1).tolist(),
        }
        cases.append(
            {
                "texts": texts,
                "labels": labels.tolist(),
                "parts": parts.tolist(),
                "test": test,
                "pool": pool,
                "methods": every,
                "weights": WEIGHTS,
                "mixtures": mixtures,
            }
        )
    (HERE / "cases.json").write_text(json.dumps(cases) + "\n")
    versions = {"numpy": numpy, "scipy": scipy, "scikit-learn": sklearn}
    (HERE / "versions.txt").write_text("".join(f"{name} {module.__version__}\n" for name, module in versions.items()))


main()
