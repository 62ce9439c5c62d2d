//! Multinomial naive Bayes, and expectation maximisation over texts without labels.
//!
//! Nigam, McCallum, Thrun and Mitchell 2000, "Text Classification from Labeled and Unlabeled Documents using EM", Machine Learning 39:
//! the model and EM of sections 3 and 4, the weight λ of section 5.3.1. Logarithms everywhere: products of many words underflow.

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

use super::labels::check_all_occur;
use super::logistic::{check_positive, check_shape};
use super::vectors::add;
use super::{ClassicError, Features};

/// How naive Bayes is fitted.
///
/// A text of class `k` draws its class with probability `πₖ` and each of its words `t` with probability `θ_tk`. With the weight `wᵢ` of
/// a text, 1 with a label and λ without, the probability `rᵢₖ` that it is of class `k` (0 or 1 with a label), and the times `n_it` that
/// word `t` of `p` is in it, the estimates are
///
/// `θ_tk = (α + Σᵢ wᵢ rᵢₖ n_it) / (α p + Σₛ Σᵢ wᵢ rᵢₖ n_is)` and `πₖ = (1 + Σᵢ wᵢ rᵢₖ) / (K + Σᵢ wᵢ)`.
///
/// They start from the labelled texts alone. Then `rᵢₖ` of the others (E step) and the estimates (M step) follow from each other. What
/// grows with every step is the log posterior, constants aside:
///
/// `Σₖ ln πₖ + α Σₖ Σ_t ln θ_tk + Σ_labelled ln p(xᵢ, yᵢ) + λ Σ_others ln Σₖ p(xᵢ, k)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NaiveBayesParams {
    /// α, finite and above 0. Default 1, as in the paper (Laplace smoothing).
    pub alpha: f64,
    /// λ, 0 to 1. Default 0.1.
    pub lambda: f64,
    /// EM ends where a step adds less than this fraction of the log posterior. Default 1e-7.
    pub tolerance: f64,
    /// The most M steps over the texts without labels; with 0 the first estimates stay. Default 100.
    pub max_iterations: usize,
}

impl Default for NaiveBayesParams {
    fn default() -> Self {
        Self {
            alpha: 1.0,
            lambda: 0.1,
            tolerance: 1e-7,
            max_iterations: 100,
        }
    }
}

impl NaiveBayesParams {
    /// Fits to counts of words (`n` rows of `p` columns) with their `labels` (length `n`, below `classes`), and to `others` (`m` rows
    /// of the same columns). `on_step` is told the number of M steps over the others so far, and the log posterior then. Equal inputs
    /// give equal bits.
    ///
    /// # Errors
    /// Parameters out of range, labels that are not as many as rows, a class without a text, no columns.
    ///
    /// # Panics
    /// Where the others have other columns.
    pub fn fit(
        self,
        (counts, labels): (&Features, &[Label]),
        others: &Features,
        classes: usize,
        on_step: &mut dyn FnMut(usize, f64),
    ) -> Result<NaiveBayesModel, ClassicError> {
        self.check()?;
        check_shape(counts, labels.len())?;
        check_all_occur(labels, classes)?;
        assert_eq!(counts.columns(), others.columns(), "columns of counts");
        let of_labelled = Sums::of_labelled(counts, labels, classes);
        let mut model = of_labelled.estimates(self.alpha);
        let mut before = f64::NEG_INFINITY;
        if self.max_iterations == 0 || self.lambda <= 0.0 {
            return Ok(model);
        }
        for step in 0..=self.max_iterations {
            let mut sums = of_labelled.clone();
            let posterior = model.log_prior(self.alpha)
                + model.log_likelihood(counts, labels)
                + self.lambda * sums.add_expected(self.lambda, others, &model);
            on_step(step, posterior);
            let gain = posterior - before;
            if step == self.max_iterations || gain < self.tolerance * posterior.abs() {
                break;
            }
            before = posterior;
            model = sums.estimates(self.alpha);
        }
        Ok(model)
    }

    /// Without EM there are no steps, so their number may be 0, which other fits refuse.
    fn check(&self) -> Result<(), ClassicError> {
        check_positive(("alpha", self.alpha))?;
        check_positive(("tolerance", self.tolerance))?;
        if !(0.0..=1.0).contains(&self.lambda) {
            return Err(ClassicError::Parameter {
                name: "lambda",
                got: self.lambda.to_string(),
                allowed: "from 0 to 1",
            });
        }
        Ok(())
    }
}

/// What texts add up to, class by class.
#[derive(Clone)]
struct Sums {
    /// `Σᵢ wᵢ rᵢₖ`, length `K`.
    texts: Vec<f64>,
    /// `Σᵢ wᵢ rᵢₖ n_it`, shape (`p`, `K`): the classes of a word side by side, as they are read together.
    words: Vec<f64>,
}

impl Sums {
    fn of_labelled(counts: &Features, labels: &[Label], classes: usize) -> Self {
        let mut sums = Self {
            texts: vec![0.0; classes],
            words: vec![0.0; counts.columns() * classes],
        };
        for (text, &label) in labels.iter().enumerate() {
            let class = usize::from(label);
            sums.texts[class] += 1.0;
            for (word, times) in counts.row(text) {
                sums.words[word * classes + class] += times;
            }
        }
        sums
    }

    /// Adds texts without labels as `model` sees them, each with `weight`. Returns the logarithm of their likelihood.
    fn add_expected(&mut self, weight: f64, counts: &Features, model: &NaiveBayesModel) -> f64 {
        let classes = self.texts.len();
        let mut likelihood = 0.0;
        for text in 0..counts.rows() {
            let mut shares = model.joint(counts, text);
            likelihood += normalise(&mut shares);
            add(&mut self.texts, weight, &shares);
            for (word, times) in counts.row(text) {
                let of_word = &mut self.words[word * classes..][..classes];
                add(of_word, weight * times, &shares);
            }
        }
        likelihood
    }

    /// The M step.
    fn estimates(&self, alpha: f64) -> NaiveBayesModel {
        let classes = self.texts.len();
        let words = self.words.len() / classes;
        let all: f64 = self.texts.iter().sum();
        let prior = |texts: &f64| ((1.0 + texts) / (classes as f64 + all)).ln();
        let mut totals = vec![alpha * words as f64; classes];
        for of_word in self.words.chunks_exact(classes) {
            add(&mut totals, 1.0, of_word);
        }
        let totals: Vec<f64> = totals.into_iter().map(f64::ln).collect();
        let of_words = self.words.iter().zip(totals.iter().cycle());
        NaiveBayesModel {
            priors: self.texts.iter().map(prior).collect(),
            words: of_words
                .map(|(times, total)| (alpha + times).ln() - total)
                .collect(),
        }
    }
}

/// A fitted naive Bayes.
#[derive(Debug, Clone, PartialEq)]
pub struct NaiveBayesModel {
    /// `ln πₖ`, length `K`.
    priors: Vec<f64>,
    /// `ln θ_tk`, shape (`p`, `K`).
    words: Vec<f64>,
}

impl NaiveBayesModel {
    /// The probability of each class for each row of `counts`, `p(x, k)` over the sum of these. A text without any known word has the
    /// classes' shares `πₖ`.
    ///
    /// # Panics
    /// Where `counts` has other columns than the ones that were fitted.
    pub fn predict_proba(&self, counts: &Features) -> Probabilities {
        let classes = self.priors.len();
        let columns = self.words.len() / classes;
        assert_eq!(counts.columns(), columns, "columns of counts");
        let shares = |text| {
            let mut shares = self.joint(counts, text);
            normalise(&mut shares);
            shares
        };
        Probabilities::from_shares(classes, (0..counts.rows()).map(shares))
    }

    /// `ln p(x, k) = ln πₖ + Σ_t n_t ln θ_tk` of a text, for every class.
    fn joint(&self, counts: &Features, text: usize) -> Vec<f64> {
        let classes = self.priors.len();
        let mut logs = self.priors.clone();
        for (word, times) in counts.row(text) {
            add(&mut logs, times, &self.words[word * classes..][..classes]);
        }
        logs
    }

    /// The logarithm of the estimates' density before any text, constants aside: that of Dirichlet distributions whose pseudo-counts
    /// are 1 for a class and α for a word.
    fn log_prior(&self, alpha: f64) -> f64 {
        self.priors.iter().sum::<f64>() + alpha * self.words.iter().sum::<f64>()
    }

    fn log_likelihood(&self, counts: &Features, labels: &[Label]) -> f64 {
        let labels = labels.iter().enumerate();
        let logs = labels.map(|(text, &label)| self.joint(counts, text)[usize::from(label)]);
        logs.sum()
    }
}

/// Turns logarithms into numbers in the same ratios that sum to 1. Returns the logarithm of their sum.
fn normalise(logs: &mut [f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for log in logs.iter_mut() {
        *log = (*log - largest).exp();
    }
    let sum: f64 = logs.iter().sum();
    for share in logs.iter_mut() {
        *share /= sum;
    }
    largest + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_learnt_from_is_named() {
        let counts =
            |texts: usize| Features::sparse(2, (0..texts).map(|text| vec![(text % 2, 1.0)]));
        let fault = |params: NaiveBayesParams, labels: &[Label], classes| {
            let (labelled, others) = (counts(3), counts(0));
            let fitted = params.fit((&labelled, labels), &others, classes, &mut |_, _| {});
            fitted.unwrap_err().to_string()
        };
        let usual = NaiveBayesParams::default();
        let alpha = NaiveBayesParams {
            alpha: 0.0,
            ..usual
        };
        let said = "`alpha`: got 0, must be finite and above 0";
        assert_eq!(fault(alpha, &[0, 1, 1], 2), said);
        let lambda = NaiveBayesParams {
            lambda: 1.5,
            ..usual
        };
        let said = "`lambda`: got 1.5, must be from 0 to 1";
        assert_eq!(fault(lambda, &[0, 1, 1], 2), said);
        let said = "3 labels of one class only, both classes are needed";
        assert_eq!(fault(usual, &[1, 1, 1], 2), said);
        let said = "1 of 3 classes have no training text";
        assert_eq!(fault(usual, &[0, 1, 1], 3), said);
        let said = "3 rows of features do not match 2 labels";
        assert_eq!(fault(usual, &[0, 1], 2), said);
    }
}
