//! TensorBoard's event files: records of TFRecord's framing, each an `Event` message (tensorflow/core/util/event.proto).

use prost::Message;

use super::{OutputFile, Run};
use crate::file_name;

/// What every event file begins with.
const VERSION: &str = "brain.Event:2";
/// TFRecord's mask of checksums (tensorflow/core/lib/hash/crc32c.h).
const MASK: u32 = 0xa282_ead8;

#[derive(Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

#[derive(Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

#[derive(Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// A folder per trial, `EXPERIMENT/ROW/trial-N` ([`file_name`] of each), as TensorBoard's list of runs shows it: `train/loss` by
/// epoch, and every figure of the test set as `test/…` at the last epoch.
pub fn tensorboard(runs: &[Run]) -> Vec<OutputFile> {
    runs.iter()
        .map(|run| OutputFile {
            // The file's time is the trial's: written again, the same trial replaces itself.
            path: format!(
                "{}/{}/trial-{}/events.out.tfevents.{:010}.fsl-exp",
                file_name(&run.experiment),
                file_name(&run.row),
                run.trial + 1,
                run.began_ms / 1000
            ),
            bytes: events(run),
        })
        .collect()
}

fn events(run: &Run) -> Vec<u8> {
    let began = run.began_ms as f64 / 1000.0;
    let mut bytes = Vec::new();
    let version = Event {
        wall_time: began,
        step: 0,
        file_version: Some(VERSION.to_owned()),
        summary: None,
    };
    record(&version, &mut bytes);
    let epochs = run.losses.len().max(1) as f64;
    for (epoch, &loss) in (1..).zip(&run.losses) {
        // Epochs are not timed one by one; spread evenly, the curve reads well against time, too.
        let at = began + run.seconds() * epoch as f64 / epochs;
        record(
            &event(at, epoch, vec![("train/loss".to_owned(), loss)]),
            &mut bytes,
        );
    }
    let figures = run.metrics.iter();
    let figures = figures.map(|&(name, value)| (format!("test/{name}"), value));
    let ended = run.ended_ms as f64 / 1000.0;
    record(
        &event(ended, run.losses.len() as i64, figures.collect()),
        &mut bytes,
    );
    bytes
}

fn event(wall_time: f64, step: i64, values: Vec<(String, f64)>) -> Event {
    let value = values.into_iter().map(|(tag, value)| Value {
        tag,
        simple_value: Some(value as f32),
    });
    Event {
        wall_time,
        step,
        file_version: None,
        summary: Some(Summary {
            value: value.collect(),
        }),
    }
}

/// Length, its checksum, the message, its checksum.
fn record(event: &Event, bytes: &mut Vec<u8>) {
    let message = event.encode_to_vec();
    let length = (message.len() as u64).to_le_bytes();
    bytes.extend(length);
    bytes.extend(masked(&length).to_le_bytes());
    bytes.extend(&message);
    bytes.extend(masked(&message).to_le_bytes());
}

fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(MASK)
}
