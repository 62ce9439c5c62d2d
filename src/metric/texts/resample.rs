//! The class-stratified bootstrap over test texts.

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::super::draws::{Draws, below};
use super::{Counts, Lanes};

/// Resamples of the test texts.
pub const TEXT_RESAMPLES: usize = 10_000;

/// What one thread works in.
struct Desk {
    lanes: Option<Lanes>,
    drawn: [Vec<u32>; 2],
    counts: Counts,
}

/// Replaces trials' predictions before the resample of this number is counted.
pub(in super::super) type Change<'a> = dyn Fn(usize, &mut Lanes) + Sync + 'a;

/// Computes `figure` of as many resamples of the texts; as many texts of each class are drawn with replacement as there are. `change`, where
/// there is one, may replace trials' predictions before a resample is counted.
pub(in super::super) fn over_texts<T: Send>(
    lanes: &Lanes,
    resamples: usize,
    purpose: &str,
    change: Option<&Change>,
    figure: impl Fn(usize, &Counts) -> T + Sync,
) -> Vec<T> {
    let draws = Draws::of(purpose);
    let desk = || Desk {
        lanes: change.map(|_| lanes.clone()),
        drawn: lanes.texts().map(|texts| vec![0; texts]),
        counts: Counts::default(),
    };
    (0..resamples)
        .into_par_iter()
        .map_init(desk, |desk, number| {
            if let (Some(change), Some(own)) = (change, &mut desk.lanes) {
                change(number, own);
            }
            let mut random = draws.resample(number);
            for drawn in &mut desk.drawn {
                draw(&mut random, drawn);
            }
            let lanes = desk.lanes.as_ref().unwrap_or(lanes);
            let [positives, negatives] = &desk.drawn;
            lanes.count([positives, negatives], &mut desk.counts);
            figure(number, &desk.counts)
        })
        .collect()
}

fn draw(random: &mut ChaCha8Rng, drawn: &mut [u32]) {
    let texts = drawn.len() as u32;
    for text in drawn {
        *text = below(random, texts);
    }
}
