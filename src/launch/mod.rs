//! Where trials run: processes of this machine.

mod devices;
#[cfg(target_os = "linux")]
mod fork;
mod local;
mod memory;
mod process;

#[cfg(target_os = "linux")]
pub use fork::{Served, leave, serve};
pub use local::{Local, keep_memory, plain_path, worker_path};
