"""Naive Bayes and EM by NumPy and scikit-learn: formulas of Nigam, McCallum, Thrun and Mitchell 2000, written anew.

Texts are random words, some of them stop words, with other frequencies in each class. EM is written with dense arrays; the same EM
with scikit-learn's MultinomialNB as M step (each text without a label once for every class, weighted) has to agree, and without
texts to learn from beside the labelled ones MultinomialNB is the witness itself. Writes, beside itself:
  cases.json       settings, texts, labels; the probabilities of the test texts, and the log posterior before every M step
  versions.txt     what it ran with

Run: python generate.py
"""

import json
import pathlib

import numpy
import scipy
import sklearn
from scipy.special import logsumexp
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB

HERE = pathlib.Path(__file__).resolve().parent
WORDS = ["the", "not", "very", "and"] + [f"word{number}" for number in range(40)]
TOLERANCE = 1e-7


def draw(count, frequencies, rng, length):
    labels = rng.integers(len(frequencies), size=count)
    texts = [" ".join(rng.choice(WORDS, size=length, p=frequencies[label])) for label in labels]
    return [f"{text} rare{rng.integers(60)}" for text in texts], labels


def estimates(counts, shares, weights, alpha):
    """ln of the classes' shares (K) and of the words' (K, p)."""
    weighted = shares * weights[:, None]
    priors = (1 + weighted.sum(axis=0)) / (shares.shape[1] + weights.sum())
    words = alpha + weighted.T @ counts
    return numpy.log(priors), numpy.log(words / words.sum(axis=1, keepdims=True))


def by_scikit_learn(counts, shares, weights, alpha):
    texts, classes = shares.shape
    priors = (1 + (shares * weights[:, None]).sum(axis=0)) / (classes + weights.sum())
    model = MultinomialNB(alpha=alpha, class_prior=priors)
    labels = numpy.tile(numpy.arange(classes), texts)
    model.fit(numpy.repeat(counts, classes, axis=0), labels, sample_weight=(shares * weights[:, None]).ravel())
    return model.class_log_prior_, model.feature_log_prob_


def fit(counts, labels, others, settings, m_step):
    classes, alpha, share = settings["classes"], settings["alpha"], settings["lambda"]
    known = numpy.eye(classes)[labels]
    model = m_step(counts, known, numpy.ones(len(labels)), alpha)
    posteriors = []
    if share == 0:
        return model, posteriors
    every = numpy.vstack([counts, others])
    weights = numpy.concatenate([numpy.ones(len(labels)), numpy.full(len(others), share)])
    while True:
        priors, words = model
        joint = every @ words.T + priors
        of_known, of_others = joint[: len(labels)], joint[len(labels) :]
        posterior = priors.sum() + alpha * words.sum() + of_known[numpy.arange(len(labels)), labels].sum()
        posterior += share * logsumexp(of_others, axis=1).sum()
        gain = posterior - posteriors[-1] if posteriors else numpy.inf
        posteriors.append(posterior)
        if gain < TOLERANCE * abs(posterior) or len(posteriors) > settings["max-iterations"]:
            return model, posteriors
        expected = numpy.exp(of_others - logsumexp(of_others, axis=1, keepdims=True))
        model = m_step(every, numpy.vstack([known, expected]), weights, alpha)


def probabilities(counts, model):
    joint = counts @ model[1].T + model[0]
    return numpy.exp(joint - logsumexp(joint, axis=1, keepdims=True))


def case(rng, length=12, size=60, **settings):
    frequencies = rng.dirichlet(numpy.full(len(WORDS), 0.6), size=settings["classes"])
    labelled = [draw(1, frequencies[[label]], rng, length)[0][0] for label in range(settings["classes"])]
    more, labels = draw(5, frequencies, rng, length)
    texts, labels = labelled + more, numpy.concatenate([numpy.arange(settings["classes"]), labels])
    pool = draw(size, frequencies, rng, length)[0] + ["", "the the not"] if settings["lambda"] else []
    test = draw(20, frequencies, rng, length)[0] + ["", "nothing known", " ".join(["word3"] * 500)]
    stop_words = "english" if settings["stop-words"] == "english" else None
    vectorizer = CountVectorizer(ngram_range=(1, settings["ngram-max"]), min_df=settings["min-df"], stop_words=stop_words)
    vectorizer.fit(texts + pool)
    count = lambda some: vectorizer.transform(some).toarray().astype(float) if some else numpy.empty((0, len(vectorizer.vocabulary_)))  # noqa: E731
    inputs = (count(texts), labels, count(pool), settings)
    model, posteriors = fit(*inputs, estimates)
    other, of_other = fit(*inputs, by_scikit_learn)
    found, expected = probabilities(count(test), model), probabilities(count(test), other)
    assert len(posteriors) == len(of_other) and numpy.abs(found - expected).max() < 1e-10
    print(settings, len(posteriors), "posteriors", found[:3].round(3).tolist())
    return {
        "settings": {key: value for key, value in settings.items() if key != "classes"},
        "classes": settings["classes"],
        "train": texts,
        "labels": labels.tolist(),
        "pool": pool,
        "test": test,
        "vocabulary": len(vectorizer.vocabulary_),
        "posteriors": posteriors,
        "probabilities": expected.tolist() if settings["lambda"] == 0 else found.tolist(),
    }


if __name__ == "__main__":
    rng = numpy.random.default_rng(5)
    plain = {"ngram-max": 1, "min-df": 1, "stop-words": "none"}
    found = [
        case(rng, classes=2, alpha=1.0, **{"lambda": 0.1, "max-iterations": 100}, **plain),
        case(rng, classes=3, alpha=0.3, **{"lambda": 0.7, "max-iterations": 100, "ngram-max": 2, "min-df": 2, "stop-words": "english"}),
        case(rng, classes=4, alpha=0.01, **{"lambda": 1.0, "max-iterations": 3}, **plain),
        case(rng, classes=2, alpha=2.0, **{"lambda": 0.0, "max-iterations": 0}, **plain),
        case(rng, classes=3, alpha=0.5, **{"lambda": 0.0, "max-iterations": 0, "ngram-max": 2, "min-df": 1, "stop-words": "none"}),
        case(rng, length=250, size=12, classes=2, alpha=1.0, **{"lambda": 0.5, "max-iterations": 100}, **plain),
    ]
    (HERE / "cases.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
    (HERE / "versions.txt").write_text(f"numpy {numpy.__version__}\nscikit-learn {sklearn.__version__}\nscipy {scipy.__version__}\n")
