//! Small real experiments that are disturbed at random: killed, stopped, starved of disk and memory, with damaged
//! files, stale locks, a wrong clock and changed inputs. Whatever happens, the same command goes on until it is done,
//! and gives the bytes of the undisturbed run; no trial is stored twice but where its result was damaged; nothing is
//! left.
//!
//! Each disturbed run follows from its seed. `make soak` runs hundreds of them, `make soak RUNS=1 SEED=…` repeats one.

mod attempt;
mod baseline;
mod checks;
mod damage;
mod disturbance;
mod draw;
mod ledger;
mod machine;
mod outside;
mod processes;
mod scene;
mod shim;
mod summary;

mod needs_cc {
    use super::scene::soak;

    /// The seeds of twelve runs with many kinds of disturbance that take little time.
    const SEEDS: std::ops::Range<u64> = 1..13;

    #[test]
    #[ignore = "needs a C compiler, `cc`"]
    fn a_dozen_disturbed_runs_end_with_the_bytes_of_undisturbed_ones() {
        let mut failures = String::new();
        soak(SEEDS, |report| {
            if !report.problems.is_empty() {
                failures += &report.text();
            }
        });
        assert!(failures.is_empty(), "{failures}");
    }
}

mod whole {
    use std::env;
    use std::fs;
    use std::path::Path;
    use std::time::Instant;

    use super::scene::soak;
    use super::summary::Summary;

    fn number(variable: &str, default: u64) -> u64 {
        let value = env::var(variable).unwrap_or_default();
        if value.is_empty() {
            return default;
        }
        value.parse().unwrap()
    }

    #[test]
    #[ignore = "takes ten to twenty minutes: `make soak`"]
    fn as_many_disturbed_runs_as_are_asked_for() {
        let (runs, seed) = (number("SOAK_RUNS", 500), number("SOAK_SEED", 1));
        let started = Instant::now();
        let mut summary = Summary::default();
        soak(seed..seed + runs, |report| {
            if !report.problems.is_empty() {
                println!("{}", report.text());
            } else if runs == 1 {
                println!("{}", report.story.join("\n"));
            }
            summary.add(report);
            summary.finish(started.elapsed());
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("soak.json");
            let json = serde_json::to_string_pretty(&summary.json()).unwrap();
            fs::write(path, json + "\n").unwrap();
        });
        println!("{}", summary.text());
        println!("as JSON: {}/soak.json", env!("CARGO_TARGET_TMPDIR"));
        assert!(summary.failures.is_empty());
    }
}
