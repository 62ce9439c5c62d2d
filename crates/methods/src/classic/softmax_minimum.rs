//! The minimum of the multinomial logistic objective.
//!
//! Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.4) comes near it in few evaluations; Newton steps by conjugate gradients
//! (algorithms 5.3 and 7.1) then go down to the rounding error, which L-BFGS reaches slowly or, with a weak penalty, not at all.
//! Everything runs in one order on one thread, so equal inputs give equal bits.

use std::collections::VecDeque;

use super::ClassicError;
use super::newton::Limits;
use super::panels::Panels;
use super::preconditioner::Preconditioner;
use super::softmax::{Evaluation, Objective};

/// Steps that L-BFGS remembers.
const MEMORY: usize = 10;
/// The most steps of L-BFGS.
const MOST_STEPS: usize = 150;
/// The gradient, over the limits' scale, at which L-BFGS has done its part.
const NEAR: f64 = 1e-12;
/// The gradient, over the limits' scale, that is rounding error for sure.
const ROUNDING: f64 = 1e-16;

/// What is left near the minimum, where texts are told apart, of the curvature at the start, roughly. On drawn vectors of 77 classes with
/// MiniLM's covariance it took about a quarter off the time of a fit.
const LATER: f64 = 1.0 / 16.0;
/// The rounding error of the objective, which sums ten thousands of terms, as a fraction of it.
const ROUNDING_OF_VALUE: f64 = 1e-12;
/// Newton steps in a row that do not halve the gradient, after which the rest is taken for rounding error.
const PATIENCE: usize = 4;

/// θ with what the objective is there.
struct Point {
    theta: Panels,
    at: Evaluation,
}

/// The argument of the minimum.
///
/// Newton steps go on below the tolerance until some in a row have not halved the gradient, so that what is left is rounding error.
///
/// # Errors
/// A gradient that is not small enough when the steps are used up or stop to help.
pub(super) fn minimise(objective: &Objective, limits: &Limits) -> Result<Panels, ClassicError> {
    let theta = Panels::zeros(objective.design.columns(), objective.classes);
    let mut point = approach(objective, limits, theta);
    let mut best = (f64::INFINITY, point.theta.clone());
    let (mut iterations, mut idle) = (0, 0);
    loop {
        let size = point.at.gradient.largest() / limits.scale;
        idle = if size <= best.0 / 2.0 { 0 } else { idle + 1 };
        if size < best.0 {
            best = (size, point.theta.clone());
        }
        if best.0 <= limits.tolerance && (idle == PATIENCE || size <= ROUNDING) {
            return Ok(best.1);
        }
        if iterations == limits.max_iterations {
            break;
        }
        iterations += 1;
        let step = newton_step(objective, &point.at, size.sqrt().clamp(1e-8, 0.1));
        let Some(next) = search(objective, &point, &step, 0.0) else {
            break;
        };
        point = next;
    }
    limits.reached(best, iterations)
}

/// L-BFGS from `theta` until it is near the minimum or stops to help.
fn approach(objective: &Objective, limits: &Limits, theta: Panels) -> Point {
    let at = objective.evaluate(&theta);
    let curvature = objective.curvature(&at.chances) * LATER;
    let mut point = Point { theta, at };
    let mut memory = Memory {
        start: Preconditioner::new(&objective.design, &objective.strengths, curvature),
        scale: 1.0,
        pairs: VecDeque::new(),
    };
    for _ in 0..MOST_STEPS.min(limits.max_iterations) {
        if point.at.gradient.largest() / limits.scale <= NEAR {
            break;
        }
        let step = memory.step(&point.at.gradient);
        let Some(next) = search(objective, &point, &step, 0.9) else {
            break;
        };
        memory.learn(&point, &next);
        point = next;
    }
    point
}

/// What L-BFGS knows of the second derivative.
struct Memory {
    start: Preconditioner,
    scale: f64,
    /// Past steps, the changes of the gradient along them, and their scalar products; the newest last.
    pairs: VecDeque<(Panels, Panels, f64)>,
}

impl Memory {
    /// Minus the gradient divided by the second derivative, as far as that is known.
    fn step(&self, gradient: &Panels) -> Panels {
        let mut step = gradient.clone();
        step.scale(-1.0);
        let mut factors = Vec::with_capacity(self.pairs.len());
        for (move_, change, product) in self.pairs.iter().rev() {
            let factor = move_.dot(&step) / product;
            step.add(-factor, change);
            factors.push(factor);
        }
        step = self.start.times(&step);
        step.scale(self.scale);
        for ((move_, change, product), factor) in self.pairs.iter().zip(factors.iter().rev()) {
            step.add(factor - change.dot(&step) / product, move_);
        }
        step
    }

    fn learn(&mut self, from: &Point, to: &Point) {
        let (mut move_, mut change) = (to.theta.clone(), to.at.gradient.clone());
        move_.add(-1.0, &from.theta);
        change.add(-1.0, &from.at.gradient);
        let product = move_.dot(&change);
        if product > 0.0 {
            self.scale = product / change.dot(&self.start.times(&change));
            if self.pairs.len() == MEMORY {
                self.pairs.pop_front();
            }
            self.pairs.push_back((move_, change, product));
        }
    }
}

/// Minus the gradient divided by the second derivative, to a residual of `accuracy` times the first one.
fn newton_step(objective: &Objective, at: &Evaluation, accuracy: f64) -> Panels {
    let curvature = objective.curvature(&at.chances);
    let preconditioner = Preconditioner::new(&objective.design, &objective.strengths, curvature);
    let mut step = Panels::zeros(at.gradient.rows(), at.gradient.columns());
    let mut residual = at.gradient.clone();
    residual.scale(-1.0);
    let mut direction = preconditioner.times(&residual);
    let mut size = residual.dot(&direction);
    let goal = size * accuracy * accuracy;
    // In exact arithmetic as many steps are enough as there are unknowns; rounding may take a few times more.
    let unknowns = objective.strengths.len().min(step.rows()) * objective.classes;
    for _ in 0..20 + 10 * unknowns {
        if size <= goal {
            break;
        }
        let product = objective.hessian_times(&at.chances, &direction);
        let curvature = direction.dot(&product);
        if curvature <= 0.0 {
            break;
        }
        step.add(size / curvature, &direction);
        residual.add(-size / curvature, &product);
        let conditioned = preconditioner.times(&residual);
        let next = residual.dot(&conditioned);
        direction.scale(next / size);
        direction.add(1.0, &conditioned);
        size = next;
    }
    step
}

/// The first point, of step lengths from 1 on, that lowers the objective as Armijo's rule asks (constant 1e-4) and where the slope is
/// at least `flatness` times the one before, 0 for any slope (Nocedal & Wright 2006, section 3.1). Lengths are halved while the
/// objective is too high, doubled while the slope is too steep, and then halve the interval in between. Changes below the rounding
/// error of the objective count as none; there, where a flatness is asked for, the slope alone must not have grown.
fn search(objective: &Objective, from: &Point, step: &Panels, flatness: f64) -> Option<Point> {
    let slope = from.at.gradient.dot(step);
    if slope >= 0.0 {
        return None;
    }
    let value = from.at.value;
    let rounding = ROUNDING_OF_VALUE * value.abs();
    let (mut length, mut shortest, mut longest) = (1.0, 0.0, f64::INFINITY);
    for _ in 0..60 {
        let mut theta = from.theta.clone();
        theta.add(length, step);
        let at = objective.evaluate(&theta);
        let ahead = at.gradient.dot(step);
        let level = (at.value - value).abs() <= rounding;
        if at.value > value + 1e-4 * length * slope + rounding
            || flatness > 0.0 && level && ahead > -slope
        {
            longest = length;
        } else if flatness > 0.0 && ahead < flatness * slope {
            shortest = length;
        } else {
            return Some(Point { theta, at });
        }
        length = if longest.is_finite() {
            f64::midpoint(shortest, longest)
        } else {
            2.0 * length
        };
    }
    None
}
