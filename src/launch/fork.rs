//! A worker that loads libtorch once and forks itself for every trial.
//!
//! Loading registers libtorch's operators, about 0.3 s that every process would spend again. A fork has them already, and is
//! otherwise what a process of its own is: it can be killed, counted and waited for, and shares no state with other trials.
//! Linux only: elsewhere libraries forbid what a process may do after a fork without a new program.
//!
//! The two ends speak in datagrams of JSON: one question, one answer. With [`Question::Start`] come three open files, which
//! become the fork's standard input, output and error.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, PipeWriter};
use std::os::fd::{AsFd as _, AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recv,
    recvmsg, send, sendmsg, socketpair,
};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{self, ForkResult, Pid};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::local::keep_memory;

/// The longest datagram: a path and a few options.
const LONGEST: usize = 64 * 1024;

/// What the front asks.
#[derive(Debug, Serialize, Deserialize)]
enum Question {
    /// Run with these arguments.
    Start(Vec<String>),
    /// How is this process?
    How(i32),
}

/// What the worker answers.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Started(i32),
    Runs,
    Ended(Status),
    Refused(String),
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Code(i32),
    Signal(String),
}

/// The front's end.
#[derive(Debug)]
pub(super) struct Nursery {
    worker: Child,
    socket: OwnedFd,
}

impl Nursery {
    /// Starts `worker`, which begins to load libtorch.
    pub(super) fn start(worker: &Path) -> io::Result<Self> {
        let (ours, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        let mut command = Command::new(worker);
        keep_memory(&mut command);
        let worker = command
            .arg("serve")
            .env("OMP_NUM_THREADS", "1")
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self {
            worker,
            socket: ours,
        })
    }

    /// A process that runs with these arguments.
    pub(super) fn fork(
        &self,
        arguments: &[OsString],
        claim: &File,
        output: &PipeWriter,
        log: &File,
    ) -> io::Result<i32> {
        let texts: Option<Vec<String>> = arguments
            .iter()
            .map(|argument| argument.to_str().map(str::to_owned))
            .collect();
        let texts = texts.ok_or_else(|| io::Error::other("an argument is not UTF-8"))?;
        let files = [claim.as_raw_fd(), output.as_raw_fd(), log.as_raw_fd()];
        match self.ask(&Question::Start(texts), &files)? {
            Answer::Started(id) => Ok(id),
            answer => Err(unexpected(&answer)),
        }
    }

    /// How a process that this end has asked for ended; `None` while it runs. Once told, it is forgotten.
    pub(super) fn ended(&self, id: i32) -> io::Result<Option<Status>> {
        match self.ask(&Question::How(id), &[])? {
            Answer::Runs => Ok(None),
            Answer::Ended(status) => Ok(Some(status)),
            answer => Err(unexpected(&answer)),
        }
    }

    fn ask(&self, question: &Question, files: &[RawFd]) -> io::Result<Answer> {
        let message = serde_json::to_vec(question)?;
        let with = [ControlMessage::ScmRights(files)];
        let with = if files.is_empty() { &[][..] } else { &with };
        sendmsg::<()>(
            self.socket.as_raw_fd(),
            &[IoSlice::new(&message)],
            with,
            MsgFlags::MSG_NOSIGNAL,
            None,
        )?;
        let mut answer = vec![0; LONGEST];
        let length = recv(self.socket.as_raw_fd(), &mut answer, MsgFlags::empty())?;
        parsed(&answer[..length])
    }
}

impl Drop for Nursery {
    /// Its forks live on.
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.worker.kill();
        let _ = self.worker.wait();
    }
}

/// Ends a process that has not been told to have ended.
pub(super) fn end(id: i32) {
    // One that has just ended cannot be killed, which is what was wanted.
    let _ = kill(Pid::from_raw(id), Signal::SIGKILL);
}

/// Whether there is such a process.
pub(super) fn exists(id: i32) -> bool {
    kill(Pid::from_raw(id), None).is_ok()
}

/// What [`serve`] returns as.
#[derive(Debug)]
pub enum Served {
    /// The worker itself: the front is gone.
    Over,
    /// A fork, whose standard files are its own now; the arguments with which it is to run.
    Fork(Vec<String>),
}

/// The worker's end: answers at standard input until nobody asks any more. It returns once in every process that it forks.
///
/// # Errors
/// Where standard input is not such a connection, or breaks.
pub fn serve() -> io::Result<Served> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    loop {
        let (message, files) = receive(&socket)?;
        if message.is_empty() {
            return Ok(Served::Over);
        }
        let answer = match parsed(&message)? {
            Question::How(id) => how(id),
            Question::Start(arguments) => match start(&files) {
                Ok(Some(id)) => Answer::Started(id),
                Ok(None) => return Ok(Served::Fork(arguments)),
                Err(error) => Answer::Refused(error.to_string()),
            },
        };
        let answer = serde_json::to_vec(&answer)?;
        match send(socket.as_raw_fd(), &answer, MsgFlags::MSG_NOSIGNAL) {
            Err(Errno::EPIPE) => return Ok(Served::Over),
            sent => sent?,
        };
    }
}

/// Forks; `None` in the fork. A fork that cannot have its files ends at once.
fn start(files: &[OwnedFd]) -> io::Result<Option<i32>> {
    let [claim, output, log] = files else {
        return Err(io::Error::other("there came no three files"));
    };
    #[allow(
        unsafe_code,
        reason = "the worker has no second thread yet whose locks the fork could inherit: nothing but libtorch's registration has run"
    )]
    let forked = unsafe { unistd::fork() }?;
    if let ForkResult::Parent { child } = forked {
        return Ok(Some(child.as_raw()));
    }
    let own = unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0))
        .and_then(|()| unistd::dup2_stdin(claim))
        .and_then(|()| unistd::dup2_stdout(output))
        .and_then(|()| unistd::dup2_stderr(log));
    if own.is_err() {
        std::process::exit(1);
    }
    Ok(None)
}

fn how(id: i32) -> Answer {
    match waitpid(Pid::from_raw(id), Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(_, code)) => Answer::Ended(Status::Code(code)),
        Ok(WaitStatus::Signaled(_, signal, _)) => Answer::Ended(Status::Signal(format!(
            "signal: {} ({signal})",
            signal as i32
        ))),
        Ok(_) => Answer::Runs,
        Err(error) => Answer::Refused(error.to_string()),
    }
}

/// A message and the files that came with it; an empty one at the end.
fn receive(socket: &OwnedFd) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let mut message = vec![0; LONGEST];
    let mut space = nix::cmsg_space!([RawFd; 3]);
    let (length, files) = {
        let mut parts = [IoSliceMut::new(&mut message)];
        let received = recvmsg::<()>(
            socket.as_raw_fd(),
            &mut parts,
            Some(&mut space),
            MsgFlags::MSG_CMSG_CLOEXEC,
        )?;
        let mut files = Vec::new();
        for with in received.cmsgs()? {
            if let ControlMessageOwned::ScmRights(descriptors) = with {
                files.extend(descriptors.into_iter().map(owned));
            }
        }
        (received.bytes, files)
    };
    message.truncate(length);
    Ok((message, files))
}

fn owned(descriptor: RawFd) -> OwnedFd {
    #[allow(
        unsafe_code,
        reason = "the system has just made this descriptor for this process; nothing else knows it"
    )]
    unsafe {
        OwnedFd::from_raw_fd(descriptor)
    }
}

fn parsed<T: DeserializeOwned>(message: &[u8]) -> io::Result<T> {
    serde_json::from_slice(message).map_err(io::Error::from)
}

fn unexpected(answer: &Answer) -> io::Error {
    io::Error::other(format!("the worker answered {answer:?}"))
}
