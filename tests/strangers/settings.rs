//! Environment variables that make numeric libraries compute other numbers.

use std::process::Command;

use super::*;

const SETTINGS: [(&str, &str); 9] = [
    ("ATEN_CPU_CAPABILITY", "default"),
    ("MKL_CBWR", "COMPATIBLE"),
    ("MKL_DYNAMIC", "TRUE"),
    ("ONEDNN_MAX_CPU_ISA", "SSE41"),
    ("DNNL_MAX_CPU_ISA", "SSE41"),
    ("KMP_BLOCKTIME", "0"),
    ("GOMP_SPINCOUNT", "1"),
    ("TORCH_SHOW_CPP_STACKTRACES", "1"),
    ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA"),
];

/// No worker is started with them, whichever command starts it.
#[cfg(unix)]
#[test]
fn no_worker_gets_settings_of_numeric_libraries() {
    let place = place();
    let row = "[[row]]\nid = \"fsl\"\nmethod.finetune = { encoder = \"./enc\", epochs = 1 }\n";
    place.write("s.toml", spec("s", "", row));
    let here = place.path().display().to_string();
    for name in ["worker.sh", "forks/fsl-exp-worker"] {
        let script = place.script(name, &format!("env > '{here}/seen'\nexit 1"));
        for command in [
            "train train.csv --encoder ./enc -o m",
            "distill train.csv --encoder ./enc -o m",
            "embed --encoder ./enc --input train.csv -o e.csv",
            "infer --model m train.csv",
            "run s.toml --retry-failed",
        ] {
            let mut run = place.command(command);
            run.envs(SETTINGS)
                .env("OMP_NUM_THREADS", "3")
                .env("FSL_EXP_WORKER", &script);
            assert_ne!(place.ran(&mut run).code, 0, "{command}");
            let seen = place.read("seen");
            fs::remove_file(place.join("seen")).unwrap();
            assert!(seen.contains("FSL_EXP_CACHE="), "{seen}");
            for (setting, _) in SETTINGS {
                let is_set = seen
                    .lines()
                    .any(|line| line.starts_with(&format!("{setting}=")));
                assert!(!is_set, "{command}: {setting}");
            }
            assert!(!seen.contains("OMP_NUM_THREADS=3"), "{command}");
        }
    }
}

/// Nor does a worker heed them that is started without the front.
#[test]
fn settings_of_numeric_libraries_change_no_byte() {
    let place = place();
    let embed = |output: &str, settings: &[(&str, &str)]| {
        let mut command = Command::new(worker());
        command
            .args(["embed", "--encoder", "./enc", "--input", "test.csv"])
            .args(["--max-tokens", "32", "--threads", "1", "-o", output])
            .current_dir(place.path())
            .env("FSL_EXP_CACHE", place.join("cache"))
            .envs(settings.iter().copied());
        place.ran(&mut command).expect(0);
        place.read(output)
    };
    let plain = embed("plain.csv", &[]);
    assert_eq!(embed("set.csv", &SETTINGS), plain);
    for (number, setting) in SETTINGS.into_iter().enumerate() {
        assert_eq!(
            embed(&format!("{number}.csv"), &[setting]),
            plain,
            "{setting:?}"
        );
    }
}
