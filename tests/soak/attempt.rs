//! One run of a command, or several at once, while something goes wrong.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use crate::soak::baseline::{Step, watched};
use crate::soak::disturbance::{Disturbance, Fault};
use crate::soak::machine::Mount;
use crate::soak::outside::Outside;
use crate::soak::processes;
use crate::soak::shim::{self, Shim};
use crate::support::{Workplace, same_environment, worker};

/// Longer than any run takes; what is still there then hangs.
const LONGEST: Duration = Duration::from_secs(90);
const TICK: Duration = Duration::from_millis(2);

/// Commands to be run at once, and what goes wrong meanwhile.
pub(super) struct Attempt<'a> {
    pub(super) shim: &'a Shim,
    pub(super) place: &'a Workplace,
    /// Folder of the counters, the log and what the commands print.
    pub(super) books: &'a Path,
    pub(super) step: &'a Step,
    pub(super) runners: usize,
    pub(super) jobs: usize,
    pub(super) disturbance: Disturbance,
    pub(super) mount: Option<&'a Mount>,
}

/// How a command ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) signal: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) ended: Vec<Ended>,
    /// How often the disturbance took place.
    pub(super) hits: u64,
    /// Whether the commands had to be killed because they did not end.
    pub(super) hung: bool,
}

impl Attempt<'_> {
    pub(super) fn run(&self, choice: usize) -> Outcome {
        Shim::reset(self.books);
        let set_up = self.set_up();
        let mut children: Vec<(Child, Option<ExitStatus>)> = (0..self.runners)
            .map(|number| (self.start(number), None))
            .collect();
        let mut outside = Outside::new(self, choice);
        let started = Instant::now();
        let mut hung = false;
        while children.iter().any(|(_, status)| status.is_none()) {
            outside.act(started.elapsed());
            for (child, status) in &mut children {
                *status = status.or_else(|| child.try_wait().unwrap());
            }
            if !hung && started.elapsed() > LONGEST {
                hung = true;
                for process in processes::marked(self.books) {
                    processes::send(process.id, nix::sys::signal::Signal::SIGKILL);
                }
            }
            thread::sleep(TICK);
        }
        let acted = outside.undo();
        self.tear_down();
        let (_, fired) = shim::counted(self.books);
        let ended = children
            .into_iter()
            .enumerate()
            .map(|(number, (_, status))| self.ended(number, status.unwrap()));
        Outcome {
            ended: ended.collect(),
            hits: acted + fired + u64::from(set_up),
            hung,
        }
    }

    /// Sets up what lasts as long as the attempt; true if it takes effect by itself.
    fn set_up(&self) -> bool {
        match (self.disturbance, self.mount) {
            (Disturbance::FullDisk { room, counts_files }, Some(mount)) => {
                mount.limit(room, counts_files);
                true
            }
            (Disturbance::ReadOnly, Some(mount)) => mount.make_read_only(),
            (
                Disturbance::FileSize { .. }
                | Disturbance::Memory { .. }
                | Disturbance::Clock { .. },
                _,
            ) => true,
            _ => false,
        }
    }

    fn tear_down(&self) {
        match (self.disturbance, self.mount) {
            (Disturbance::FullDisk { .. }, Some(mount)) => mount.make_roomy(),
            (Disturbance::ReadOnly, Some(mount)) => mount.make_writable(),
            _ => {}
        }
    }

    fn start(&self, number: usize) -> Child {
        let line = format!("run {} --jobs {}", self.step.spec, self.jobs);
        let mut command = watched(self.shim, self.place, self.books, &line);
        self.equip(&mut command);
        let mut command = match self.disturbance {
            Disturbance::FileSize { blocks } => limited(&command, &format!("ulimit -f {blocks}")),
            Disturbance::Memory {
                mib,
                only_workers: false,
            } => limited(&command, &format!("ulimit -v {}", mib * 1024)),
            _ => command,
        };
        let file = |name| File::create(self.printed(number, name)).unwrap();
        command
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap()
    }

    fn equip(&self, command: &mut Command) {
        let number = |share: f64, calls: u64| 1 + (share * calls as f64) as u64;
        let calls = self.step.calls;
        match self.disturbance {
            Disturbance::Call {
                fault,
                role,
                writes,
                call,
            } => {
                let kind = usize::from(writes);
                let all = match role {
                    "front" => calls.front[kind],
                    "worker" => calls.worker[kind],
                    _ => calls.front[kind] + calls.worker[kind],
                };
                let (action, what) = match fault {
                    Fault::Once(error) => ("errno", error as i32),
                    Fault::Lasting(error) => ("lasting", error as i32),
                    Fault::Short => ("short", 0),
                    Fault::Signal(signal) => ("signal", signal as i32),
                };
                let kind = ["read", "write"][kind];
                let call = number(call, all);
                command.env(
                    "SOAK_FAULT",
                    format!("{role} {kind} {call} {action} {what}"),
                );
            }
            Disturbance::Clock { seconds, call } => {
                let call = number(call, calls.front[1]) - 1;
                command.env("SOAK_CLOCK", format!("-{seconds} {call}"));
            }
            Disturbance::Memory {
                mib,
                only_workers: true,
            } => {
                command.env("FSL_EXP_WORKER", self.limited_worker(mib));
            }
            _ => {}
        }
    }

    /// A worker that gets no more than so much memory.
    fn limited_worker(&self, mib: usize) -> PathBuf {
        let path = self.books.join("fsl-exp-worker");
        let limit = mib * 1024;
        let worker = env::var_os("SOAK_PROGRAM").map_or_else(
            || worker().to_owned(),
            |program| {
                let worker = Path::new(&program).with_file_name("fsl-exp-worker");
                worker.display().to_string()
            },
        );
        let script = format!("#!/bin/sh\nulimit -v {limit}\nexec '{worker}' \"$@\"\n");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn printed(&self, number: usize, name: &str) -> PathBuf {
        self.books.join(format!("{number}.{name}"))
    }

    fn ended(&self, number: usize, status: ExitStatus) -> Ended {
        let read = |name| {
            let bytes = fs::read(self.printed(number, name)).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Ended {
            code: status.code(),
            signal: status.signal(),
            stdout: read("stdout"),
            stderr: read("stderr"),
        }
    }
}

/// The same command in a shell that first runs `limit`.
fn limited(command: &Command, limit: &str) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{limit}; exec \"$@\""), "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().unwrap());
    same_environment(&mut shell, command);
    shell
}
