//! Counts per class, and the metrics that follow from them.

/// How many texts each class has, how many were predicted to be of it, and how many rightly. Every metric of predicted labels follows
/// from these. They are whole numbers, or expected ones.
///
/// Quotients by 0 are 0, as with scikit-learn's `zero_division=0` and `labels=range(K)`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassCounts {
    /// Texts of each class that were predicted to be of it.
    pub hits: Vec<f64>,
    /// Texts of each class.
    pub support: Vec<f64>,
    /// Texts that were predicted to be of each class.
    pub predicted: Vec<f64>,
}

impl ClassCounts {
    /// No texts of so many classes.
    pub fn new(classes: usize) -> Self {
        Self {
            hits: vec![0.0; classes],
            support: vec![0.0; classes],
            predicted: vec![0.0; classes],
        }
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.hits.len()
    }

    /// The number of texts.
    pub fn total(&self) -> f64 {
        self.support.iter().sum()
    }

    /// The share of a class's predictions that are right.
    pub fn precision(&self, class: usize) -> f64 {
        ratio(self.hits[class], self.predicted[class])
    }

    /// The share of a class's texts that were found.
    pub fn recall(&self, class: usize) -> f64 {
        ratio(self.hits[class], self.support[class])
    }

    /// The harmonic mean of a class's precision and recall.
    pub fn f1(&self, class: usize) -> f64 {
        ratio(
            2.0 * self.hits[class],
            self.predicted[class] + self.support[class],
        )
    }

    /// The share of right predictions, which is also the micro average of precision, recall and F1.
    pub fn accuracy(&self) -> f64 {
        ratio(self.hits.iter().sum(), self.total())
    }

    /// The mean recall of the classes that have texts; `None` where none has.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let present = (0..self.classes()).filter(|&class| self.support[class] > 0.0);
        let recalls: Vec<f64> = present.map(|class| self.recall(class)).collect();
        (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
    }

    /// The mean of a figure over all classes.
    pub fn macro_average(&self, figure: fn(&Self, usize) -> f64) -> f64 {
        let sum: f64 = (0..self.classes()).map(|class| figure(self, class)).sum();
        ratio(sum, self.classes() as f64)
    }

    /// The mean of a figure over all texts, each with the figure of its class.
    pub fn weighted_average(&self, figure: fn(&Self, usize) -> f64) -> f64 {
        let one = |class: usize| self.support[class] * figure(self, class);
        ratio((0..self.classes()).map(one).sum(), self.total())
    }

    /// Matthews' correlation (Matthews 1975; of several classes Gorodkin 2004); 0 where labels or predictions do not vary.
    pub fn mcc(&self) -> f64 {
        if let ([tn, tp], [negatives, positives]) = (self.hits.as_slice(), self.support.as_slice())
        {
            return two_class_mcc([*tp, negatives - tn, positives - tp, *tn]);
        }
        let (n, right) = (self.total(), self.hits.iter().sum::<f64>());
        let covariance = right * n - dot(&self.support, &self.predicted);
        let of_predicted = n * n - dot(&self.predicted, &self.predicted);
        let of_labels = n * n - dot(&self.support, &self.support);
        let squared = of_predicted * of_labels;
        if squared == 0.0 {
            0.0
        } else {
            covariance / squared.sqrt()
        }
    }

    /// Cohen's kappa (1960): agreement beyond chance; `None` where labels and predictions are all of one class, or there are none.
    pub fn kappa(&self) -> Option<f64> {
        let (n, right) = (self.total(), self.hits.iter().sum::<f64>());
        let by_chance = n * n - dot(&self.support, &self.predicted);
        (by_chance > 0.0).then(|| 1.0 - (n - right) * n / by_chance)
    }
}

/// Of true positives, false positives, false negatives and true negatives.
pub(super) fn two_class_mcc([tp, fp, fn_, tn]: [f64; 4]) -> f64 {
    let squared = (tp + fp) * (tp + fn_) * (tn + fp) * (tn + fn_);
    if squared == 0.0 {
        0.0
    } else {
        (tp * tn - fp * fn_) / squared.sqrt()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
