//! What is done to a running command.

use nix::errno::Errno;
use nix::sys::signal::Signal;

use crate::soak::draw::Draw;
use crate::soak::processes::Role;

/// Who gets a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// One of the processes with this role.
    One(Role),
    /// Every process of the attempt.
    All,
}

/// What a call on a file does instead of its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It fails once.
    Once(Errno),
    /// It fails, and so do all later ones.
    Lasting(Errno),
    /// It transfers half of what it was asked for, and so do all later ones.
    Short,
    /// Its process gets a signal.
    Signal(Signal),
}

/// An input that is replaced while trials run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    Train,
    Transfer,
    Weights,
    Vocabulary,
}

impl Input {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Train => "train.csv",
            Self::Transfer => "transfer.csv",
            Self::Weights => "encoder/model.safetensors",
            Self::Vocabulary => "encoder/vocab.txt",
        }
    }
}

/// One thing that goes wrong while a command runs. Moments and calls are shares of what the undisturbed run takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Disturbance {
    Nothing,
    Signal {
        target: Target,
        signal: Signal,
        moment: f64,
    },
    /// SIGSTOP, and SIGCONT after a while.
    Pause {
        target: Target,
        millis: u64,
        moment: f64,
    },
    /// Something happens at a call on a file.
    Call {
        fault: Fault,
        role: &'static str,
        writes: bool,
        call: f64,
    },
    /// The file system of the results folder has room for so many more pages of 4 KiB, or files.
    FullDisk {
        room: usize,
        counts_files: bool,
    },
    /// The file system of the results folder is mounted read-only.
    ReadOnly,
    /// `ulimit -f`, in blocks of 512 bytes.
    FileSize {
        blocks: usize,
    },
    /// `ulimit -v` of everything, or of the trials, in MiB.
    Memory {
        mib: usize,
        only_workers: bool,
    },
    /// The clock goes back by so many seconds.
    Clock {
        seconds: usize,
        call: f64,
    },
    /// An input has other contents from a moment on, or again and again.
    Changed {
        input: Input,
        moment: f64,
        keeps_time: bool,
        toggles: bool,
    },
}

const DEADLY: [Signal; 3] = [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGSEGV];
const WRITE_ERRORS: [Errno; 4] = [Errno::EIO, Errno::ENOSPC, Errno::EDQUOT, Errno::EROFS];
const TARGETS: [Target; 4] = [
    Target::One(Role::Runner),
    Target::One(Role::Worker),
    Target::One(Role::Server),
    Target::All,
];
const INPUTS: [Input; 4] = [
    Input::Train,
    Input::Transfer,
    Input::Weights,
    Input::Vocabulary,
];

impl Disturbance {
    pub(super) fn draw(draw: &mut Draw) -> Self {
        match draw.below(20) {
            0 => Self::Nothing,
            1..=5 => Self::Signal {
                target: *draw.pick(&TARGETS),
                signal: *draw.pick(&DEADLY),
                moment: draw.share(),
            },
            6 => Self::Pause {
                target: *draw.pick(&TARGETS),
                millis: draw.between(20, 800) as u64,
                moment: draw.share(),
            },
            7..=11 => Self::call(draw),
            12 | 13 => Self::FullDisk {
                room: draw.between(0, 40),
                counts_files: draw.once_in(3),
            },
            14 => Self::ReadOnly,
            15 => Self::FileSize {
                blocks: draw.between(0, 40),
            },
            16 => Self::Memory {
                mib: draw.between(20, 700),
                only_workers: draw.once_in(2),
            },
            17 => Self::Clock {
                seconds: *draw.pick(&[2, 3600, 40_000_000, 1_600_000_000]),
                call: draw.share(),
            },
            _ => Self::Changed {
                input: *draw.pick(&INPUTS),
                moment: draw.share(),
                keeps_time: draw.once_in(2),
                toggles: draw.once_in(3),
            },
        }
    }

    fn call(draw: &mut Draw) -> Self {
        let role = *draw.pick(&["front", "worker", "any"]);
        let call = draw.share();
        let (fault, writes) = match draw.below(10) {
            0..=2 => (Fault::Once(*draw.pick(&WRITE_ERRORS)), true),
            3 | 4 => (Fault::Lasting(*draw.pick(&WRITE_ERRORS)), true),
            5 => (Fault::Once(Errno::EIO), false),
            6 => (Fault::Once(Errno::EINTR), draw.once_in(2)),
            7 => (Fault::Short, draw.once_in(2)),
            _ => (Fault::Signal(*draw.pick(&DEADLY)), true),
        };
        Self::Call {
            fault,
            role,
            writes,
            call,
        }
    }

    /// Whether the command must succeed nonetheless, at once.
    pub(super) fn is_harmless(self) -> bool {
        match self {
            Self::Nothing | Self::Pause { .. } | Self::Clock { .. } => true,
            Self::Call { fault, .. } => {
                matches!(fault, Fault::Short | Fault::Once(Errno::EINTR))
            }
            _ => false,
        }
    }

    /// The moment at which something is done from outside, as a share of the undisturbed time.
    pub(super) fn moment(self) -> Option<f64> {
        match self {
            Self::Signal { moment, .. }
            | Self::Pause { moment, .. }
            | Self::Changed { moment, .. } => Some(moment),
            _ => None,
        }
    }

    /// The kind, for the summary.
    pub(super) fn kind(self) -> String {
        match self {
            Self::Nothing => "nothing".to_owned(),
            Self::Signal { target, signal, .. } => format!("{signal} to {}", target.name()),
            Self::Pause { target, .. } => format!("SIGSTOP and SIGCONT to {}", target.name()),
            Self::Call { fault, writes, .. } => {
                let call = if writes { "write" } else { "read" };
                match fault {
                    Fault::Once(error) => format!("{error:?} at a {call}"),
                    Fault::Lasting(error) => format!("{error:?} from a {call} on"),
                    Fault::Short => format!("short {call}s"),
                    Fault::Signal(signal) => format!("{signal} at a {call}"),
                }
            }
            Self::FullDisk { counts_files, .. } if counts_files => "no more files".to_owned(),
            Self::FullDisk { .. } => "full disk".to_owned(),
            Self::ReadOnly => "read-only mount".to_owned(),
            Self::FileSize { .. } => "limit of file sizes".to_owned(),
            Self::Memory { .. } => "limit of memory".to_owned(),
            Self::Clock { .. } => "clock set back".to_owned(),
            Self::Changed { input, .. } => format!("{} changed", input.path()),
        }
    }
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::One(Role::Runner) => "a runner",
            Self::One(Role::Worker) => "a trial",
            Self::One(Role::Server) => "the fork server",
            Self::All => "all",
        }
    }
}
