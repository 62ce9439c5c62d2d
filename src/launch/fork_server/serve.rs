//! The worker's end: it forks itself when it is asked to.

use std::fs;
use std::io::{self, IoSliceMut, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, send};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{self, ForkResult, Pid};

use super::{ExitStatus, MAX_DATAGRAM, Request, Response, parsed};

/// What [`serve`] returns as.
#[derive(Debug)]
pub enum ServeOutcome {
    /// The worker itself: the front is gone.
    Disconnected,
    /// A fork, whose standard files are its own now; the arguments with which it is to run.
    Fork(Vec<String>),
}

/// The worker's end: answers at standard input until nobody asks any more. It returns once in every process that it forks.
///
/// # Errors
/// Where standard input is not such a connection, or breaks.
pub fn serve() -> io::Result<ServeOutcome> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    if !tell(&socket, &Response::Ready)? {
        return Ok(ServeOutcome::Disconnected);
    }
    loop {
        let (message, files) = receive(&socket)?;
        if message.is_empty() {
            return Ok(ServeOutcome::Disconnected);
        }
        let answer = match parsed(&message)? {
            Request::Status(id) => status(id),
            Request::Start(arguments) => match start(&files) {
                Ok(Some(id)) => Response::Started(id),
                Ok(None) => return Ok(ServeOutcome::Fork(arguments)),
                Err(error) => Response::Refused(error.to_string()),
            },
        };
        if !tell(&socket, &answer)? {
            return Ok(ServeOutcome::Disconnected);
        }
    }
}

/// Ends a worker without taking libtorch apart: its static destructors unregister every operator, 0.1 s after the last result was written.
pub fn exit_now(code: u8) -> ! {
    // Where these fail, nobody reads.
    let _ = io::stdout().flush();
    let _ = io::stderr().flush();
    #[allow(
        unsafe_code,
        reason = "the process ends here: no code of its own runs any more, and all files were closed or flushed"
    )]
    unsafe {
        nix::libc::_exit(i32::from(code))
    }
}

/// False where nobody listens any more.
fn tell(socket: &OwnedFd, answer: &Response) -> io::Result<bool> {
    let answer = serde_json::to_vec(answer)?;
    match send(socket.as_raw_fd(), &answer, MsgFlags::MSG_NOSIGNAL) {
        Err(Errno::EPIPE) => Ok(false),
        sent => Ok(sent.map(|_| true)?),
    }
}

/// Forks; `None` in the fork. A fork that cannot have its files ends at once.
fn start(files: &[OwnedFd]) -> io::Result<Option<i32>> {
    let [claim, output, log] = files else {
        return Err(io::Error::other("there came no three files"));
    };
    // A lock that another thread holds would stay locked in the fork.
    if fs::read_dir("/proc/self/task")?.count() != 1 {
        return Err(io::Error::other("the worker has threads"));
    }
    #[allow(
        unsafe_code,
        reason = "this is the only thread, so no lock is held that the fork would inherit"
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

fn status(id: i32) -> Response {
    match waitpid(Pid::from_raw(id), Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(_, code)) => Response::Ended(ExitStatus::Code(code)),
        Ok(WaitStatus::Signaled(_, signal, _)) => Response::Ended(ExitStatus::Signal(format!(
            "signal: {} ({signal})",
            signal as i32
        ))),
        Ok(_) => Response::Running,
        Err(error) => Response::Refused(error.to_string()),
    }
}

/// A message and the files that came with it; an empty one at the end.
fn receive(socket: &OwnedFd) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let mut message = vec![0; MAX_DATAGRAM];
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
